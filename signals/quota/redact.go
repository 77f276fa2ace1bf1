package quota

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Redact returns an error whose text has *** in place of each secret. It is what err is
// for errors.Is; errors.As finds a *signals.Fault and a *market.Error in it, redacted, and
// nothing that could hold an address with a key.
func Redact(err error, secrets ...market.Secret) error {
	if err == nil || Hide(err.Error(), secrets...) == err.Error() {
		return err
	}
	return &redacted{err, secrets}
}

// Hide returns a text with *** in place of each secret: in letters of either size, as it is
// escaped in addresses and in JSON, wholly or in part, and in hex and base64.
func Hide(text string, secrets ...market.Secret) string {
	for _, s := range secrets {
		if key := s.Reveal(); key != "" {
			text = hide(text, key, s.String())
		}
	}
	return text
}

// shortKey is how long a key is at least for its other forms to be looked for: those of a
// few letters are in many words.
const shortKey = 8

func hide(text, key, stars string) string {
	forms, flags := []string{key}, ""
	if len(key) >= shortKey {
		flags = "(?i)"
		forms = append(forms, hex.EncodeToString([]byte(key)), inBase64(key, 0), inBase64(key, 1), inBase64(key, 2))
	}
	if !mayHold(text, forms) {
		return text
	}
	for i := range forms {
		forms[i] = escapable(forms[i])
	}
	return regexp.MustCompile(flags+strings.Join(forms, "|")).ReplaceAllLiteralString(text, stars)
}

// alike are characters that a form may have instead of others, where nothing is escaped.
var alike = strings.NewReplacer(" ", "+", "-", "+", "_", "/")

// mayHold is quick to say that no form is in a long text.
func mayHold(text string, forms []string) bool {
	if strings.ContainsAny(text, `\%&`) {
		return true
	}
	text = alike.Replace(strings.ToLower(text))
	return slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(text, alike.Replace(strings.ToLower(f))) })
}

// inBase64 returns what is always the same of a key in base64 where some bytes stand before
// it.
func inBase64(key string, before int) string {
	text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + key))
	return text[(before*8+5)/6 : (before+len(key))*8/6]
}

// escapable matches a text in which any character may be escaped.
func escapable(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, `(?:\\*%s|\\+u%04x|`, regexp.QuoteMeta(string(r)), r)
		for _, c := range []byte(string(r)) {
			fmt.Fprintf(&b, `%%(?:25)*%02x`, c)
		}
		if page := html.EscapeString(string(r)); page != string(r) {
			b.WriteString("|" + regexp.QuoteMeta(page))
		}
		switch r { // as in a form; as in base64 for addresses
		case ' ':
			b.WriteString(`|\+`)
		case '+':
			b.WriteString(`|-`)
		case '/':
			b.WriteString(`|_`)
		}
		b.WriteString(")")
	}
	return b.String()
}

type redacted struct {
	err     error
	secrets []market.Secret
}

// Error returns the text without secrets.
func (r *redacted) Error() string { return Hide(r.err.Error(), r.secrets...) }

// Is reports whether the error is target.
func (r *redacted) Is(target error) bool { return errors.Is(r.err, target) }

// As finds a fault or an error for the operator.
func (r *redacted) As(target any) bool {
	switch t := target.(type) {
	case **signals.Fault:
		var f *signals.Fault
		if !errors.As(r.err, &f) {
			return false
		}
		clean := *f
		clean.Endpoint, clean.Hint, clean.Err = Hide(f.Endpoint, r.secrets...), Hide(f.Hint, r.secrets...), Redact(f.Err, r.secrets...)
		*t = &clean
		return true
	case **market.Error:
		var e *market.Error
		if !errors.As(r.err, &e) {
			return false
		}
		clean := *e
		clean.Where, clean.Hint, clean.Err = Hide(e.Where, r.secrets...), Hide(e.Hint, r.secrets...), Redact(e.Err, r.secrets...)
		*t = &clean
		return true
	}
	return false
}
