package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRowsOfTheContract(t *testing.T) {
	var rows []string
	for r := range Contract().Rows() {
		line := fmt.Sprintf("%s %s", r.Name, r.Type)
		for mark, on := range map[string]bool{" single": r.Single, " sorted": r.Sorted, " hidden": r.Hidden} {
			if on {
				line += mark
			}
		}
		if r.Implies != 0 {
			line += fmt.Sprintf(" implies %d", r.Implies)
		}
		if r.After != "" {
			line += " " + r.After + " " + r.Before
		}
		rows = append(rows, line)
		assert.Equal(t, r.Name, r.Member)
		assert.Same(t, r, Contract().Lookup(r.Name))
		assert.Same(t, r, Contract().Row(r.Index))
		assert.False(t, r.Declared())
	}
	assert.Equal(t, []string{
		"state keyword", "source_channel keyword", "session_type keyword", "trigger_type keyword implies 2",
		"app_id keyword single", "workspace_id keyword single", "aop_asset_id keyword single implies 2",
		"parent_session_id keyword single implies 1",
		"created_at time sorted created_after created_before", "updated_at time sorted updated_after updated_before",
		"title text sorted", "kind kind",
	}, rows)
	assert.Equal(t, NumContractRows, Contract().Len())
	assert.Equal(t, "aop_asset_id", Contract().Row(RowAOPAssetID).Name)
	assert.Empty(t, Contract().Hidden())

	var none *Schema
	assert.Equal(t, NumContractRows, none.Len(), "nil is the contract's")
	assert.Same(t, Contract().Lookup("state"), none.Lookup("state"))
	assert.Nil(t, none.Lookup("tags"))
}

func TestDeclaredFieldsFollowTheContracts(t *testing.T) {
	s, err := New(
		Field{Name: "tags", Type: Keyword}, Field{Name: "archived", Type: Flag, Hidden: true}, Field{Name: "pinned", Type: Flag},
		Field{Name: "trashed", Type: Flag, Hidden: true}, Field{Name: "cost", Member: `usage.total\.usd`, Type: Number, Sorted: true},
	)
	require.NoError(t, err)
	fields := slices.Collect(s.Fields())
	require.Len(t, fields, NumContractRows+5)
	assert.Equal(t, slices.Collect(Contract().Fields()), fields[:NumContractRows])
	assert.Equal(t, Field{Name: "tags", Member: "tags", Type: Keyword}, fields[NumContractRows])
	assert.Equal(t, []string{"usage", "total.usd"}, s.Lookup("cost").Path())

	var hides []string
	for _, r := range s.Hidden() {
		hides = append(hides, fmt.Sprint(r.Name, r.Hides))
	}
	assert.Equal(t, []string{"archived4", "trashed8"}, hides)
	assert.Equal(t, []string{"archived", "pinned", "trashed"}, s.Names(func(r *Row) bool { return r.Type == Flag }))
	for r := range s.Declared() {
		assert.True(t, r.Declared())
		assert.Same(t, r, s.Lookup(r.Name))
	}
}

func TestNewListsEveryFault(t *testing.T) {
	_, err := New(
		Field{Name: "ok", Type: Keyword},
		Field{Name: "state", Type: Keyword},
		Field{Name: "", Type: Keyword},
		Field{Name: "1a", Type: "tags"},
		Field{Name: "a b", Type: Keyword, Member: "title.x", Hidden: true},
		Field{Name: "ok", Type: Flag, Sorted: true, Member: "a..b"},
		Field{Name: "limit", Type: Text, Sorted: true},
		Field{Name: "kind2", Type: Kind},
		Field{Name: strings.Repeat("x", 65), Type: Keyword},
		Field{Name: "h1", Type: Flag, Hidden: true}, Field{Name: "h2", Type: Flag, Hidden: true}, Field{Name: "h3", Type: Flag, Hidden: true},
		Field{Name: "h4", Type: Flag, Hidden: true}, Field{Name: "h5", Type: Flag, Hidden: true},
		Field{Name: "bad", Type: Keyword, Member: "\xff"},
		Field{Name: "id", Type: Keyword},
		Field{Name: "is_task_session", Type: Flag},
	)
	var e *Error
	require.ErrorAs(t, err, &e)
	var faults []string
	for _, f := range e.Faults {
		message, _, _ := strings.Cut(f.Message, " (")
		faults = append(faults, fmt.Sprintf("%d: %s", f.Field, message))
	}
	assert.Equal(t, []string{
		"1: the name is reserved: it is a field or a parameter of the contract",
		`1: the member "state" is the contract's`,
		"2: a name has 1 to 64 characters, and this one 0",
		`3: a name has ASCII letters, digits, "_", "-" and ".", and begins with a letter or "_"`,
		"3: the type is none of keyword, flag, number, time and text",
		`4: a name has ASCII letters, digits, "_", "-" and ".", and begins with a letter or "_"`,
		`4: the member "title" is the contract's`,
		"4: only a flag can be hidden, and this is a keyword",
		"5: field 0 has the name too",
		"5: the member has an empty part",
		"5: a keyword, number or time can be sorted by, and this is a flag",
		"6: the name is reserved: it is a field or a parameter of the contract",
		"6: a keyword, number or time can be sorted by, and this is a text",
		"7: the type is none of keyword, flag, number, time and text",
		"8: a name has 1 to 64 characters, and this one 65",
		"13: more than 4 flags are hidden",
		"14: the member is not valid UTF-8",
		"15: the name is reserved: it is a field or a parameter of the contract",
		`15: the member "id" is the contract's`,
		"16: the name is reserved: it is a field or a parameter of the contract",
		`16: the member "is_task_session" is the contract's`,
	}, faults)
	assert.Contains(t, e.Error(), `invalid fields: field 1 ("state"): the name is reserved`)
}

func TestReservedNamesAreSortedAndCopied(t *testing.T) {
	names := Reserved()
	assert.True(t, slices.IsSorted(names))
	for _, name := range []string{"query", "state", "kind", "ids", "tz", "facet", "id", "is_sub_session", "snapshot", "title_max", "facet_query"} {
		assert.Contains(t, names, name)
	}
	names[0] = "changed"
	assert.NotEqual(t, names, Reserved(), "the caller's to change")
}

func TestMembersArePaths(t *testing.T) {
	for member, want := range map[string][]string{
		"a": {"a"}, "a.b.c": {"a", "b", "c"}, `a\.b`: {"a.b"}, `a\\.b`: {`a\`, "b"}, `a\b`: {`a\b`}, `a\`: {`a\`}, "größe.x": {"größe", "x"},
	} {
		f := Field{Name: "f", Member: member}
		assert.Equal(t, want, f.Path(), member)
	}
	f := Field{Name: "agent.name"}
	assert.Equal(t, []string{"agent", "name"}, f.Path())
}

func TestFieldsHaveAWrittenForm(t *testing.T) {
	for _, s := range []string{"tags:keyword", "archived:flag,hidden", "cost=total_cost_usd:number,sorted", "a=b:c:time,sorted", "x:flag,hidden,sorted"} {
		f, err := ParseField(s)
		require.NoError(t, err, s)
		assert.Equal(t, s, f.String())
	}
	for _, s := range []string{"", "tags", "tags:keyword,big", "tags:keyword,"} {
		_, err := ParseField(s)
		assert.ErrorContains(t, err, "name=member:type,hidden,sorted", s)
	}
	f, err := ParseField("cost=total_cost_usd:number,sorted")
	require.NoError(t, err)
	assert.Equal(t, Field{Name: "cost", Member: "total_cost_usd", Type: Number, Sorted: true}, f)
}

func TestWithinAndWithSelectClasses(t *testing.T) {
	for v := range Visibility(NumClasses) {
		within, with := Within(v), With(v)
		for class := range Visibility(NumClasses) {
			require.Equal(t, class&^v == 0, within.Has(class))
			require.Equal(t, class&v != 0, with.Has(class))
		}
	}
	assert.Equal(t, Classes(1), Within(0), "nothing but the visible")
	assert.Equal(t, AllClasses, Within(NumClasses-1))
}
