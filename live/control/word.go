package control

import (
	"strings"
	"unicode"
)

// oneLine makes one line of printable text of what somebody wrote, and not a long one.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	for len(s) > maxReason {
		r := []rune(s)
		s = string(r[:len(r)*maxReason/len(s)])
	}
	return s
}

// KillText says why new risk is stopped.
func KillText(by, reason string) string {
	return because("new risk stopped until resume, by "+by, reason)
}

// because adds a reason, where there is one.
func because(text, reason string) string {
	if reason = oneLine(reason); reason != "" {
		text += ": " + reason
	}
	return text
}
