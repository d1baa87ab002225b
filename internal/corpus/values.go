package corpus

import "strconv"

// value is one value of a member and its weight, in thousandths.
type value struct {
	name   string
	weight uint64
}

// The most frequent values come first. The frequencies are those of sessions that no
// longer change; liveStates has those of sessions touched within the last hours.
var (
	states = []value{
		{"completed", 640}, {"failed", 92}, {"stopped", 70}, {"idle", 60}, {"waiting_for_input", 40}, {"expired", 30},
		{"cancelled", 24}, {"archived", 20}, {"paused", 12}, {"running", 8}, {"pending", 4},
	}
	liveStates = []value{
		{"completed", 380}, {"failed", 40}, {"stopped", 20}, {"idle", 80}, {"waiting_for_input", 110}, {"expired", 0},
		{"cancelled", 10}, {"archived", 0}, {"paused", 30}, {"running", 270}, {"pending", 60},
	}
	sourceChannels = []value{
		{"web", 520}, {"api", 170}, {"mobile", 80}, {"desktop", 60}, {"slack", 50}, {"agent_email", 45}, {"sdk", 25},
		{"scheduled", 15}, {"cli", 12}, {"teams", 8}, {"voice", 6}, {"browser_extension", 4}, {"webhook", 3}, {"sms", 2},
	}
	taskChannels = []value{
		{"web", 40}, {"api", 190}, {"mobile", 0}, {"desktop", 0}, {"slack", 40}, {"agent_email", 150}, {"sdk", 30},
		{"scheduled", 480}, {"cli", 5}, {"teams", 5}, {"voice", 0}, {"browser_extension", 0}, {"webhook", 58}, {"sms", 2},
	}
	sessionTypes = []value{
		{"session", 860}, {"desktop_session", 52}, {"mobile_session", 44}, {"video_session", 36}, {"browser_session", 8},
	}
	triggerTypes = []value{
		{"schedule", 520}, {"api", 170}, {"email", 120}, {"webhook", 70}, {"manual", 50}, {"slack", 25}, {"form", 18},
		{"calendar", 12}, {"file_upload", 9}, {"chained", 6},
	}
)

// States returns the values of state that occur, the most frequent first.
func States() []string { return names(states) }

// SourceChannels returns the values of source_channel that occur, without "", the
// most frequent first.
func SourceChannels() []string { return names(sourceChannels) }

// SessionTypes returns the values of session_type that occur, the most frequent
// first: the contract's four and one that it does not name.
func SessionTypes() []string { return names(sessionTypes) }

// TriggerTypes returns the values of trigger_type that task runs have, the most
// frequent first. Other sessions have none.
func TriggerTypes() []string { return names(triggerTypes) }

// AppID returns the id of the application with this rank: 0 is the default one, with 23
// % of the sessions (15 % of those that are not task runs), 1 the next. With 5,000
// applications and 1,000,000 sessions of the default preset, rank 55 has about 700, and
// the median one 100. Task runs belong to the first 31.
func AppID(rank int) string { return "app_" + strconv.FormatUint(mix(uint64(rank)^0xa99)>>20, 36) }

// WorkspaceID returns the id of the workspace with this rank; 0 is the largest.
func WorkspaceID(rank int) string { return "ws_" + strconv.FormatUint(mix(uint64(rank)^0x3a5)>>24, 36) }

// AssetID returns the id of the workflow asset with this rank; 0 is the busiest.
func AssetID(rank int) string { return "aop_" + strconv.FormatUint(mix(uint64(rank)^0xa09)>>16, 36) }

func names(values []value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.name
	}
	return out
}

func weights(values []value) weighted {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = v.weight
	}
	return newWeighted(out)
}

// table returns the names of n ranks, for sessions to share.
func table(n int, name func(rank int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = name(i)
	}
	return out
}
