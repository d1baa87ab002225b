package index

import "github.com/sessiondex/sessiondex/schema"

// Short names for the rows of the contract.
const (
	State         = schema.RowState
	SourceChannel = schema.RowSourceChannel
	SessionType   = schema.RowSessionType
	Trigger       = schema.RowTriggerType
	App           = schema.RowAppID
	Workspace     = schema.RowWorkspaceID
	Asset         = schema.RowAOPAssetID
	NumFields     = NumValues
)

// And for its kinds. Sub|Task is the fourth.
const (
	TopLevel Kind = 0
	Sub           = schema.SubSession
	Task          = schema.TaskRun
	NumKinds      = 4
)
