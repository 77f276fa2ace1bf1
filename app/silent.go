package app

import (
	"context"
	"io"
	"os"

	"github.com/signalman-trading/signalman/market"
)

// mostTyped bounds what is read of keys, in bytes.
const mostTyped = 1 << 20

// silently reads to the end of a stream; on a terminal, without showing what is typed.
func (c *command) silently(ctx context.Context, in io.Reader) (string, error) {
	if f, ok := in.(*os.File); ok && onTerminal(in) {
		shown, err := muffle(f)
		if err != nil {
			return "", usageError("pipe it in", "this terminal would show what is typed: %w", err)
		}
		defer shown()
		c.note("lines NAME=value, which are not shown; Ctrl-D ends them:")
	}
	type answer struct {
		text []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(in, mostTyped))
		done <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-done:
		if a.err != nil {
			return "", &market.Error{Class: market.Failed, Err: a.err}
		}
		return string(a.text), nil
	}
}
