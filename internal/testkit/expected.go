package testkit

import (
	"slices"
	"strings"
)

// splitExpected parts a script at its expect line.
func splitExpected(text string) (head, expected string, found bool) {
	lines := strings.Split(text, "\n")
	for k, line := range lines {
		if uncommented(line) == "expect" {
			return strings.Join(lines[:k], "\n"), strings.Join(lines[k+1:], "\n"), true
		}
	}
	return text, "", false
}

// Update returns the text of a script with a transcript as what is expected. Lines
// that stay keep their comments, behind and above them.
func Update(text string, transcript []string) string {
	head, expected, _ := splitExpected(text)
	old := strings.Split(strings.TrimRight(expected, "\n"), "\n")
	var b strings.Builder
	b.WriteString(head + "\nexpect\n")
	for _, line := range transcript {
		k := slices.IndexFunc(old, func(o string) bool { return uncommented(o) == line })
		if k < 0 {
			b.WriteString(line + "\n")
			continue
		}
		first := k
		for first > 0 && uncommented(old[first-1]) == "" {
			first--
		}
		b.WriteString(strings.Join(old[first:k+1], "\n") + "\n")
		old = old[k+1:]
	}
	return b.String()
}
