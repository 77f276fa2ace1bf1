package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
)

// FuzzParse reads texts with an override. What is refused is refused by errors for the
// operator; what is read resolves to a configuration that reads to the same.
func FuzzParse(f *testing.F) {
	f.Add(whole, "strategy.c.params.count=10")
	for _, b := range badTexts() {
		f.Add(strings.Replace(b.text, "+", good, 1), strings.Join(b.sets, "\n"))
	}
	f.Fuzz(func(t *testing.T, text, set string) {
		var sets []string
		if set != "" {
			sets = strings.Split(set, "\n")
		}
		c, err := config.Parse("fuzz.toml", []byte(text), plugins(), sets)
		var first *market.Error
		switch {
		case err == nil:
			resolves(t, c)
		case !errors.As(err, &first) || first.Class != market.Usage || first.Where == "":
			t.Errorf("not an error for the operator: %v", err)
		}
	})
}

func TestDeepTextsAreRefused(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 1<<20-10), "x = " + strings.Repeat("[", 1<<20-10), "x = " + strings.Repeat("{a=", 1<<18), strings.Repeat("a.", 1<<12) + "b = 1"} {
		if _, err := config.Parse("deep.toml", []byte(text), plugins(), nil); err == nil {
			t.Error("no error")
		}
	}
	if _, err := config.Parse("long.toml", make([]byte, 1<<20+1), plugins(), nil); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("%v", err)
	}
}
