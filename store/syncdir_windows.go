package store

// syncDir does nothing: Windows has no call for it, and NTFS journals directory
// entries.
func syncDir(string) error { return nil }
