package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// got is a request as a service saw it.
type got struct {
	Path string
	Body map[string]any
}

// serve answers as the services do, each at the path that its requests have, and refuses
// whatever they would refuse.
func serve(t *testing.T, seen *got) *httptest.Server {
	t.Helper()
	read := func(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
		body, err := io.ReadAll(r.Body)
		*seen = got{Path: r.URL.Path}
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &seen.Body) != nil {
			http.Error(w, "invalid_payload", http.StatusBadRequest)
			return nil, false
		}
		return body, true
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/bot123:c4na7y/sendMessage", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := read(w, r); !ok {
			return
		}
		if seen.Body["chat_id"] != "-1001" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`)
			return
		}
		_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":7}}`)
	})
	mux.HandleFunc("/services/T0/B0/c4na7y", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := read(w, r); ok {
			_, _ = io.WriteString(w, "ok")
		}
	})
	mux.HandleFunc("/api/webhooks/1/c4na7y", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := read(w, r); ok {
			w.WriteHeader(http.StatusNoContent)
		}
	})
	mux.HandleFunc("/hook", func(w http.ResponseWriter, r *http.Request) {
		body, ok := read(w, r)
		mac := hmac.New(sha256.New, []byte("c4na7y"))
		mac.Write([]byte(r.Header.Get("X-Signalman-Timestamp") + "." + string(body)))
		if ok && r.Header.Get("X-Signalman-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
			http.Error(w, "bad signature", http.StatusUnauthorized)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// TestShapes sends a message to each kind of service.
func TestShapes(t *testing.T) {
	var seen got
	server := serve(t, &seen)
	url := func(path string) market.Secret { return market.NewSecret(server.URL + path) }
	key := market.NewSecret("c4na7y")
	for _, x := range []struct {
		service Service
		want    map[string]any
		fails   string
	}{
		{Service{Type: Telegram, API: server.URL, Token: market.NewSecret("123:c4na7y"), Chat: "-1001"}, map[string]any{
			"chat_id": "-1001", "text": "signalman main\n03:04:05Z warning: <b> a_b & c", "link_preview_options": map[string]any{"is_disabled": true},
		}, ""},
		{Service{Type: Telegram, API: server.URL + "/", Token: market.NewSecret("123:c4na7y"), Chat: "@none"}, nil, "http 400: Bad Request: chat not found"},
		{Service{Type: Telegram, API: server.URL, Token: market.NewSecret("9:c4na7y"), Chat: "-1001"}, nil, "http 404: 404 page not found"},
		{Service{Type: Slack, URL: url("/services/T0/B0/c4na7y")}, map[string]any{
			"text": "signalman main\n03:04:05Z warning: &lt;b&gt; a_b &amp; c", "mrkdwn": false,
		}, ""},
		{Service{Type: Discord, URL: url("/api/webhooks/1/c4na7y")}, map[string]any{
			"content": "signalman main\n03:04:05Z warning: \\<b> a\\_b & c", "allowed_mentions": map[string]any{"parse": []any{}},
		}, ""},
		{Service{Type: Webhook, URL: url("/hook"), Key: key}, map[string]any{
			"schema": Schema, "from": "signalman main", "dropped": 0.0,
			"messages": []any{map[string]any{"time": "2026-01-02T03:04:05Z", "level": "warn", "event": "fill", "text": "<b> a_b & c", "times": 1.0}},
		}, ""},
		{Service{Type: Webhook, URL: url("/hook")}, nil, "http 401: bad signature"},
	} {
		t.Run(x.service.Type, func(t *testing.T) {
			s := New(Options{Service: x.service, From: "signalman main", HTTP: server.Client()})
			m := info("<b>\n a_b & c")
			m.Level = slog.LevelWarn
			err := s.Send(t.Context(), m)
			if x.fails != "" {
				if err == nil || err.Error() != x.fails {
					t.Errorf("%v, want %s", err, x.fails)
				}
				return
			}
			if diff := cmp.Diff(x.want, seen.Body); diff != "" || err != nil {
				t.Errorf("%v: (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestErrorsHideAddresses: the address is the key.
func TestErrorsHideAddresses(t *testing.T) {
	for _, x := range []Service{
		{Type: Slack, URL: market.NewSecret("http://127.0.0.1:1/c4na7y")},
		{Type: Slack, URL: market.NewSecret("http://c4na7y.invalid:99999999/\x7f")},
		{Type: Slack, URL: market.NewSecret("c4na7y")},
		{Type: Telegram, API: "http://127.0.0.1:1", Token: market.NewSecret("c4na7y")},
	} {
		err := New(Options{Service: x, HTTP: &http.Client{Transport: &http.Transport{}}}).Send(t.Context(), info("a"))
		if err == nil || strings.Contains(err.Error(), "c4na7y") {
			t.Error(err)
		}
	}
}

// FuzzJudge takes whatever a service answers.
func FuzzJudge(f *testing.F) {
	f.Add(429, "30", `{"retry_after":1e300}`)
	f.Add(400, "Wed, 21 Oct 2015 07:28:00 GMT", "\xff\xfe")
	f.Add(599, "-1e400", `{"description":"`+strings.Repeat("é", 300)+`"}`)
	f.Fuzz(func(t *testing.T, status int, after, body string) {
		err := judge(reply(status, after, body), time.Unix(0, 0))
		if err == nil {
			if status < 200 || status > 299 {
				t.Errorf("%d is good", status)
			}
			return
		}
		if r := err.(*refusal); r.after < 0 || r.after > longestWait || len(r.Error()) > 300 || strings.ContainsAny(r.Error(), "\r\n") {
			t.Errorf("%v after %s", r, r.after)
		}
	})
}
