package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// countdown is a context that is cancelled once it was asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestImportIsInterrupted: what was said to be stored is, and nothing of the file at hand.
func TestImportIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	file := func(symbol string, rows int) string {
		var b strings.Builder
		for i := range rows {
			fmt.Fprintf(&b, "%d,10,12,9,11,1\n", 1_609_459_200_000+60_000*i)
		}
		path := filepath.Join(dir, symbol+"-1m.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small, large := file("AAAUSDT", 10), file("BBBUSDT", 70_000) // of two chunks
	for _, c := range []struct {
		asked, stored int
	}{{0, 0}, {1, 0}, {2, 1}, {3, 1}, {4, 1}, {5, 2}} {
		data := t.TempDir()
		var out, errs bytes.Buffer
		code := app.Run(&countdown{t.Context(), c.asked}, app.Default(), []string{"data", "import", "--data", data, small, large}, &out, &errs)
		if said := strings.Count(out.String(), "0 bars: "); said != c.stored || (code == 0) != (c.stored == 2) {
			t.Errorf("asked %d times: code %d, %d files stored, want %d: %s", c.asked, code, said, c.stored, &errs)
		}
		if code != 0 && errs.String() != "signalman: interrupted\n" {
			t.Errorf("%q", &errs)
		}
		out.Reset()
		app.Run(t.Context(), app.Default(), []string{"data", "list", "--data", data}, &out, &errs)
		if n := strings.Count(out.String(), "USDT"); n != c.stored {
			t.Errorf("asked %d times: %d series, want %d", c.asked, n, c.stored)
		}
		if rest, _ := filepath.Glob(filepath.Join(data, "*.spool")); len(rest) > 0 {
			t.Error(rest)
		}
	}
}
