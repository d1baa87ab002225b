package index

import "iter"

// jsonMembers yields the members of an object: the names as what they mean, the values
// as they are written. The text must be valid JSON.
func jsonMembers(text string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for p := jsonSpace(text, 1); p < len(text) && text[p] == '"'; {
			end := jsonEnd(text, p)
			name := jsonString(text[p:end])
			p = jsonSpace(text, jsonSpace(text, end)+1) // past the colon
			end = jsonEnd(text, p)
			if end <= p || !yield(name, text[p:end]) {
				return
			}
			if p = jsonSpace(text, end); p < len(text) && text[p] == ',' {
				p = jsonSpace(text, p+1)
			}
		}
	}
}

// jsonElements does the same for an array.
func jsonElements(text string) iter.Seq[string] {
	return func(yield func(value string) bool) {
		for p := jsonSpace(text, 1); p < len(text) && text[p] != ']'; {
			end := jsonEnd(text, p)
			if end <= p || !yield(text[p:end]) {
				return
			}
			if p = jsonSpace(text, end); p < len(text) && text[p] == ',' {
				p = jsonSpace(text, p+1)
			}
		}
	}
}

func jsonSpace(text string, p int) int {
	for p < len(text) && (text[p] == ' ' || text[p] == '\n' || text[p] == '\r' || text[p] == '\t') {
		p++
	}
	return p
}

// jsonEnd returns where the value that begins at p ends.
func jsonEnd(text string, p int) int {
	depth := 0
	for p < len(text) {
		switch text[p] {
		case '"':
			for p++; p < len(text) && text[p] != '"'; p++ {
				if text[p] == '\\' {
					p++
				}
			}
			p++
		case '{', '[':
			depth++
			p++
		case '}', ']':
			if depth == 0 {
				return p // of what is around
			}
			depth--
			p++
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return p
			}
			p++
			continue
		default:
			for p < len(text) && text[p] != ',' && text[p] != '}' && text[p] != ']' && text[p] > ' ' {
				p++
			}
		}
		if depth == 0 {
			break
		}
	}
	return min(p, len(text))
}
