package webui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

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
	// Columns are members that the list shows beside its own, by name. At most 6.
	Columns []string
	// Sorts are declared fields that the list can be sorted by.
	Sorts []string
	// Flags are declared flags that the page offers to set: "archived" and "pinned" have
	// buttons where Write is set.
	Flags []string
	// Write shows what changes sessions. Whether a principal may is the API's to decide.
	Write bool
	// LoginURL is where a person is sent whom the API does not know. Default: a form for
	// a key, which the API turns into a cookie (see httpapi.Options.Login).
	LoginURL string
}

// config is what the page's script reads of the options.
type config struct {
	Title      string            `json:"title"`
	SessionURL string            `json:"sessionURL,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	States     map[string]string `json:"states,omitempty"`
	Columns    []string          `json:"columns,omitempty"`
	Sorts      []string          `json:"sorts,omitempty"`
	Flags      []string          `json:"flags,omitempty"`
	Write      bool              `json:"write,omitempty"`
	LoginURL   string            `json:"loginURL,omitempty"`
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
	for state, tone := range o.States {
		if !slices.Contains(tones, tone) {
			faults = append(faults, fmt.Errorf("webui: States[%q]: %q is none of %s", state, tone, strings.Join(tones, ", ")))
		}
	}
	return errors.Join(faults...)
}

func (o *Options) config() ([]byte, error) {
	c := config{
		Title: o.Title, SessionURL: o.SessionURL, Labels: o.Labels, States: o.States, Columns: o.Columns, Sorts: o.Sorts,
		Flags: o.Flags, Write: o.Write, LoginURL: o.LoginURL,
	}
	if c.Title == "" {
		c.Title = "Sessions"
	}
	return json.Marshal(c)
}
