package webui

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
)

const defaultTitle = "Sessions"

// Options say how the page looks. A zero field means its default, and a nil *Options all
// defaults. A handler copies them.
type Options struct {
	// Title is the heading of the page. Default "Sessions".
	Title string
	// SessionURL is where a click on a title leads, with {id} in place of the session's
	// id: "https://chat.example/c/{id}", or relative to the page. Only http and https
	// are followed. Default: the details are shown.
	SessionURL string
	// Labels are what people read in place of the names of fields and of values:
	// {"app_id": "Product", "needs_input": "Waiting for you"}.
	Labels map[string]string
	// States are the tones of states that the page does not know: "good", "bad", "busy",
	// "asks" or "off".
	States map[string]string
	// Fields are the declared fields of the sessions, as the engine was given them. They
	// are in the rail, in the search bar's filters and among the columns and orders by
	// themselves; flags can be set by those who may write.
	Fields []schema.Field
	// Columns are members, or declared fields by name, that the list shows beside its
	// own unless a person chooses others. At most 6. Default: the first two of Fields.
	Columns []string
	// SavedViews are lists that everybody finds in the page.
	SavedViews []View
	// LoginURL is where a person is sent whom the API does not know. Default: a form for
	// a key, which the API turns into a cookie (see httpapi.Options.Login).
	LoginURL string
}

// View is a list with a name.
type View struct {
	Name string `json:"name"`
	// Query has the API's parameters: "state=failed&source_channel=web".
	Query string `json:"query"`
}

// config is what the page's script reads of the options.
type config struct {
	Title      string            `json:"title"`
	SessionURL string            `json:"sessionURL,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	States     map[string]string `json:"states,omitempty"`
	Fields     []field           `json:"fields,omitempty"`
	Columns    []string          `json:"columns,omitempty"`
	Views      []View            `json:"views,omitempty"`
	LoginURL   string            `json:"loginURL,omitempty"`
}

// field is a declared field as the script reads it.
type field struct {
	Name   string      `json:"name"`
	Member []string    `json:"member"` // the path to it in a session
	Type   schema.Type `json:"type"`
	Hidden bool        `json:"hidden,omitempty"`
	Sorted bool        `json:"sorted,omitempty"`
}

const maxColumns = 6

var tones = []string{"good", "bad", "busy", "asks", "off"}

// Validate lists every fault of the options in one error, the one that NewHandler returns.
func (o *Options) Validate() error {
	var faults []error
	for _, u := range []struct{ name, value string }{{"SessionURL", o.SessionURL}, {"LoginURL", o.LoginURL}} {
		if u.value == "" {
			continue
		}
		parsed, err := url.Parse(strings.ReplaceAll(u.value, "{id}", "x"))
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("webui: %s %q: %w", u.name, u.value, errors.Unwrap(err)))
		case parsed.Scheme != "" && parsed.Scheme != "http" && parsed.Scheme != "https":
			faults = append(faults, fmt.Errorf("webui: %s %q: the scheme must be http or https", u.name, u.value))
		}
	}
	if n := len(o.Columns); n > maxColumns {
		faults = append(faults, fmt.Errorf("webui: Columns: %d are given, at most %d fit", n, maxColumns))
	}
	for _, state := range slices.Sorted(maps.Keys(o.States)) {
		if tone := o.States[state]; !slices.Contains(tones, tone) {
			faults = append(faults, fmt.Errorf("webui: States[%q]: %q is none of %s", state, tone, strings.Join(tones, ", ")))
		}
	}
	if _, err := schema.New(o.Fields...); err != nil {
		faults = append(faults, fmt.Errorf("webui: Fields: %w", err))
	}
	names := make(map[string]bool)
	for i, v := range o.SavedViews {
		if v.Name == "" || names[v.Name] {
			faults = append(faults, fmt.Errorf("webui: SavedViews[%d]: the name %q is empty or taken", i, v.Name))
		}
		names[v.Name] = true
		if _, err := url.ParseQuery(v.Query); err != nil {
			faults = append(faults, fmt.Errorf("webui: SavedViews[%d]: Query %q: %w", i, v.Query, err))
		}
	}
	return errors.Join(faults...)
}

func (o *Options) config() ([]byte, error) {
	c := config{
		Title: o.Title, SessionURL: o.SessionURL, Labels: o.Labels, States: o.States, Columns: o.Columns, LoginURL: o.LoginURL,
	}
	if c.Title == "" {
		c.Title = defaultTitle
	}
	for _, f := range o.Fields {
		c.Fields = append(c.Fields, field{f.Name, f.Path(), f.Type, f.Hidden, f.Sorted})
	}
	for _, v := range o.SavedViews {
		values, err := url.ParseQuery(v.Query)
		if err != nil {
			return nil, err
		}
		c.Views = append(c.Views, View{v.Name, values.Encode()})
	}
	return json.Marshal(c)
}
