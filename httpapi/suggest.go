package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// suggestParam asks a listing whose keyword finds nothing for keywords that do.
const suggestParam = "suggest"

// takeSuggest reads the parameter and removes it.
func takeSuggest(v url.Values) (suggest bool, faults []query.Fault) {
	text, given := take(v, suggestParam)
	if !given {
		return false, nil
	}
	suggest, ok := query.ParseBool(text)
	if !ok {
		faults = append(faults, query.NewFault(suggestParam, "bool_parsing", "Input should be a valid boolean, unable to interpret input", text))
	}
	return suggest, faults
}

// suggestions answers with a page that has, beside the contract's members, suggestions:
// the keywords that would find something, where the page's found nothing.
func (x *exchange) suggestions(s *source, q query.Query, page *sessiondex.Page) error {
	if s.suggester == nil {
		return x.notOffered("Suggester", "has no suggestions")
	}
	found := []sessiondex.Suggestion{}
	if page.Total == 0 {
		more, err := s.suggester.SuggestKeywords(x.r.Context(), q)
		if err != nil {
			return x.faults(err)
		}
		found = append(found, more...)
	}
	list, err := json.Marshal(found)
	if err != nil {
		return err
	}
	body := append(bytes.TrimSuffix(x.appendPage(nil, page), []byte("}")), `,"suggestions":`...)
	return x.body(http.StatusOK, append(append(body, list...), "}\n"...))
}
