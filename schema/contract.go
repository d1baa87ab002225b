package schema

import "slices"

// The indexes of the contract's rows, in every schema.
const (
	RowState = iota
	RowSourceChannel
	RowSessionType
	RowTriggerType
	RowAppID
	RowWorkspaceID
	RowAOPAssetID
	RowParentSessionID
	RowCreatedAt
	RowUpdatedAt
	RowTitle
	RowKind
	NumContractRows
)

// contract is the schema of the contract.
var contract = newSchema(contractRows())

func contractRows() []Row {
	rows := [NumContractRows]Row{
		RowState:           {Field: Field{Name: "state", Type: Keyword}},
		RowSourceChannel:   {Field: Field{Name: "source_channel", Type: Keyword}},
		RowSessionType:     {Field: Field{Name: "session_type", Type: Keyword}},
		RowTriggerType:     {Field: Field{Name: "trigger_type", Type: Keyword}, Implies: TaskRun},
		RowAppID:           {Field: Field{Name: "app_id", Type: Keyword}, Single: true},
		RowWorkspaceID:     {Field: Field{Name: "workspace_id", Type: Keyword}, Single: true},
		RowAOPAssetID:      {Field: Field{Name: "aop_asset_id", Type: Keyword}, Single: true, Implies: TaskRun},
		RowParentSessionID: {Field: Field{Name: "parent_session_id", Type: Keyword}, Single: true, Implies: SubSession},
		RowCreatedAt:       {Field: Field{Name: "created_at", Type: Time, Sorted: true}, After: "created_after", Before: "created_before"},
		RowUpdatedAt:       {Field: Field{Name: "updated_at", Type: Time, Sorted: true}, After: "updated_after", Before: "updated_before"},
		RowTitle:           {Field: Field{Name: "title", Type: Text, Sorted: true}},
		RowKind:            {Field: Field{Name: "kind", Type: Kind}},
	}
	for i := range rows {
		rows[i].Index = i
		rows[i].Member = rows[i].Name
	}
	return rows[:]
}

// The members of the contract without rows of their own. No declared field may lie in
// one, since they are not part of Extra.
var otherMembers = []string{"id", "is_sub_session", "is_task_session"}

func isContractMember(name string) bool {
	r := contract.byName[name]
	return r != nil && r.Type != Kind || slices.Contains(otherMembers, name)
}

// Visibility is a set of reasons to leave a session out of a listing that does not
// include such sessions: it is a sub-session, it is a task run, and each of its hidden
// flags. The default listing has the sessions with the empty set.
type Visibility uint8

// The contract's two reasons; those of hidden flags follow.
const (
	SubSession Visibility = 1 << iota
	TaskRun
	firstHidden
)

// KindBits are the bits of a Visibility that make up a session's kind.
const KindBits = SubSession | TaskRun

// NumClasses is how many sets of reasons there can be: 2 and MaxHidden bits.
const NumClasses = 1 << (2 + MaxHidden)

// Classes is a set of Visibility values: bit v stands for v.
type Classes uint64

// AllClasses has every one.
const AllClasses = ^Classes(0)

// Has reports whether v is in the set.
func (c Classes) Has(v Visibility) bool { return c>>v&1 != 0 }

// Within returns the classes whose reasons are all in v.
func Within(v Visibility) Classes {
	var c Classes
	for class := range Visibility(NumClasses) {
		if class&^v == 0 {
			c |= 1 << class
		}
	}
	return c
}

// With returns the classes that have at least one reason in v.
func With(v Visibility) Classes { return ^Within(^v) }
