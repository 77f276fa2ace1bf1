package quota

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// TestHide: however a key is written, none of it is left.
func TestHide(t *testing.T) {
	const key = "tm-5ecre7aa/bbcc+4d=8899 ü~e&d"
	escaped := ""
	for _, r := range key {
		escaped += fmt.Sprintf(`\u%04x`, r)
	}
	for _, form := range []string{
		key, strings.ToUpper(key), url.QueryEscape(key), url.PathEscape(key), url.PathEscape(url.PathEscape(key)),
		strings.ReplaceAll(key, "/", "%2f"), strings.ReplaceAll(key, "/", `\/`), strings.ReplaceAll(key, "/", `\\/`),
		escaped, strings.ToUpper(escaped[:6]) + key[1:], strings.ReplaceAll(escaped, `\`, `\\`),
		strings.ReplaceAll(key, "&", "&amp;"), hex.EncodeToString([]byte(key)), strings.ToUpper(hex.EncodeToString([]byte(key))),
	} {
		if got := Hide("<"+form+">", market.NewSecret(key)); got != "<***>" {
			t.Errorf("%s is %s", form, got)
		}
	}
	for _, before := range []string{"", "a", "ab", "user:"} {
		for _, in := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			text := in.EncodeToString([]byte(before + key + "ab"))
			for _, text := range []string{text, url.QueryEscape(text)} {
				if got := Hide(text, market.NewSecret(key)); !strings.Contains(got, "***") || len(got) > len("***")+16 {
					t.Errorf("%s is %s", text, got)
				}
			}
		}
	}
	if got := Hide("the keys of KEY", market.NewSecret("key")); got != "the ***s of KEY" {
		t.Error(got)
	}
}

// TestNoKeyInAnswers: an answer that repeats the key is handed over without it.
func TestNoKeyInAnswers(t *testing.T) {
	p := &provider{answer: func(*http.Request) (*http.Response, error) {
		return response(200, `{"key":"a m\u0061de\/up+key","rows":[]}`), nil
	}}
	c, _ := open(p, Limits{})
	if body, err := get(t.Context(), c, "https://far.test/a"); body != `{"key":"***","rows":[]}` || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func BenchmarkHide(b *testing.B) {
	text := strings.Repeat(`{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","DATE":"2024-01-01T00:00:00.000Z"},`, 1400)
	for b.Loop() {
		Hide(text, market.NewSecret("tm-5ecre7aa-bbcc-4d8d-8899-00deadbeef42"))
	}
}
