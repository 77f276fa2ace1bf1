package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// TestSignalsTokens looks symbols up with the key of the source, for one call each time.
func TestSignalsTokens(t *testing.T) {
	s, err := tokenmetricstest.New(tokenmetricstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		s.ServeHTTP(w, r)
	}))
	defer web.Close()
	t.Chdir(t.TempDir())
	t.Setenv("TM_KEY", tokenmetricstest.DefaultKey)
	settings := fmt.Sprintf(`[signals.tm]
type = "tokenmetrics"
key = { env = "TM_KEY" }
base_url = "%s/v2"
kinds = ["trading_trend"]
tokens = { BTC = 3375 }
`, web.URL)
	if err := os.WriteFile("strategies.toml", []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  string
		code  int
		calls int32
		says  []string
	}{
		{"ton NOVEL", 0, 1, []string{"SYMBOL", "TON     2037  Toncoin", "TON     3813  Tokamak Network", "no token has the symbol NOVEL"}},
		{"BTC --format json", 0, 1, []string{`"id": 3375`, `"name": "Bitcoin"`}},
		{"", 2, 0, []string{"name a symbol"}},
		{"TON,DOGE", 2, 0, []string{`"TON,DOGE" is not one symbol`, "write them apart"}},
		{"BTC --source other", 2, 0, []string{"no such source", "docs/tokenmetrics.md"}},
	} {
		var out, errs bytes.Buffer
		calls.Store(0)
		args := append([]string{"signals", "tokens", "--data", "data"}, strings.Fields(c.args)...)
		code := app.Run(t.Context(), app.Default(), args, &out, &errs)
		text := out.String() + errs.String()
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%q does not say %q:\n%s", c.args, want, text)
			}
		}
		if code != c.code || calls.Load() != c.calls || strings.Contains(text, tokenmetricstest.DefaultKey) {
			t.Errorf("%q ends with %d after %d calls:\n%s", c.args, code, calls.Load(), text)
		}
	}
}

// TestSignalsTokensOdd: a failure is one of the provider, and an answer is not believed.
func TestSignalsTokensOdd(t *testing.T) {
	status, body := 200, ""
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer web.Close()
	t.Chdir(t.TempDir())
	t.Setenv("TM_KEY", tokenmetricstest.DefaultKey)
	settings := fmt.Sprintf("[signals.tm]\ntype = \"tokenmetrics\"\nkey = { env = \"TM_KEY\" }\nbase_url = \"%s/v2\"\nkinds = [\"trading_trend\"]\ntokens = { BTC = 3375 }\n", web.URL)
	if err := os.WriteFile("strategies.toml", []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens := func(code int) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := app.Run(t.Context(), app.Default(), []string{"signals", "tokens", "--data", t.TempDir(), "TON"}, &out, &errs); got != code {
			t.Errorf("status %d ends with %d:\n%s", status, got, &errs)
		}
		return out.String() + errs.String()
	}
	body = `{"success":true,"message":"","length":2,"data":[{"TOKEN_ID":1,"TOKEN_NAME":"a\u001b[2J\nb","TOKEN_SYMBOL":"TON"},{"TOKEN_ID":2,"TOKEN_NAME":"x","TOKEN_SYMBOL":"XYZ"}]}`
	if text := tokens(0); strings.Contains(text, "\x1b") || !strings.Contains(text, "a\uFFFD[2J\uFFFDb") || !strings.Contains(text, `1 token of other symbols: "XYZ"`) {
		t.Error(text)
	}
	for status = range map[int]bool{401: true, 404: true, 500: true} {
		tokens(4)
	}
	status, body = 200, "<html>"
	tokens(4)
}
