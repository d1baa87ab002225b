package sqlite

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/sessiondex/sessiondex/sources"
)

// record is a row by column name. SQLite's columns hold values of any type, so each
// method converts to its type, and a value that does not fit counts as missing.
type record map[string]any

func (r record) text(column string) string {
	switch v := r[column].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time: // the driver converts columns declared as a time
		return v.UTC().Format(time.RFC3339Nano)
	}
	return ""
}

func (r record) number(column string) int64 {
	switch v := r[column].(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	case bool:
		if v {
			return 1
		}
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

func (r record) float(column string) float64 {
	switch v := r[column].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

// time reads a number (see sources.Unix) or a text (see sources.Time).
func (r record) time(column string) time.Time {
	switch v := r[column].(type) {
	case time.Time:
		return v.UTC()
	case int64:
		return sources.Unix(v)
	case float64:
		return sources.UnixFloat(v)
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return sources.Unix(n)
		}
		return sources.Time(v)
	case []byte:
		return sources.Time(string(v))
	}
	return time.Time{}
}

// object decodes a column of JSON; if it is not JSON, into stays as it is.
func (r record) object(column string, into any) {
	if s := r.text(column); s != "" {
		_ = json.Unmarshal([]byte(s), into)
	}
}
