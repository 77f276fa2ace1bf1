package quota

import (
	"errors"
	"net/url"
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

// Hide returns a text with *** in place of each secret, also where it is escaped as in an
// address.
func Hide(text string, secrets ...market.Secret) string {
	for _, s := range secrets {
		key := s.Reveal()
		if key == "" {
			continue
		}
		for _, form := range [...]string{key, url.QueryEscape(key), url.PathEscape(key)} {
			text = strings.ReplaceAll(text, form, s.String())
		}
	}
	return text
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
