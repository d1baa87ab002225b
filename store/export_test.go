package store

// What tests of the package's outside need of its inside, to make files as other
// programs and accidents would.
var EncodeFormat = encodeFormat
