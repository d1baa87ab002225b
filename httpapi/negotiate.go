package httpapi

import (
	"strconv"
	"strings"
)

// acceptsGzip reports whether the Accept-Encoding headers prefer gzip to plain
// or think them equal (RFC 9110, section 12.5.3). An encoding whose weight is
// malformed counts as not acceptable.
func acceptsGzip(headers []string) bool {
	gzip, identity, other := -1.0, -1.0, -1.0
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			coding, params, _ := strings.Cut(item, ";")
			weight := codingWeight(params)
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				gzip = max(gzip, weight)
			case "identity":
				identity = max(identity, weight)
			case "*":
				other = max(other, weight)
			}
		}
	}
	if gzip < 0 {
		gzip = other
	}
	return gzip > 0 && gzip >= identity
}

// codingWeight reads "q=0.5"; nothing is 1.
func codingWeight(params string) float64 {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1
	}
	name, value, _ := strings.Cut(params, "=")
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if !strings.EqualFold(strings.TrimSpace(name), "q") || err != nil || !(weight >= 0 && weight <= 1) {
		return 0
	}
	return weight
}
