package market

import (
	"fmt"
	"io"
	"log/slog"
)

// A Secret is an opaque value that prints as ***, in every format and encoding, and
// as a field of whatever is printed. Only Reveal returns what it holds. Two Secrets
// are not compared with ==: that compares where they are kept.
type Secret struct{ value *string } // a pointer, since fmt prints unexported fields raw

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value: for signing a request, never for a message.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Set reports whether there is a value.
func (s Secret) Set() bool { return s.Reveal() != "" }

const hidden = "***"

// String returns ***.
func (s Secret) String() string { return hidden }

// Format prints *** for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
