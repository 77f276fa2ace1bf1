package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a service within the process: it notes what comes, when, and answers.
type desk struct {
	mu     sync.Mutex
	began  time.Time
	texts  []string
	answer func(n int) (*http.Response, error) // nil is yes
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.texts = append(d.texts, fmt.Sprintf("%s %s", time.Since(d.began), body))
	n := len(d.texts)
	d.mu.Unlock()
	if d.answer != nil {
		return d.answer(n)
	}
	return reply(http.StatusOK, "", ""), nil
}

// at returns when requests came.
func (d *desk) at() (list []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, text := range d.texts {
		at, _, _ := strings.Cut(text, " ")
		list = append(list, at)
	}
	return list
}

func reply(status int, after, body string) *http.Response {
	h := http.Header{}
	if after != "" {
		h.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// running is a sender at work in a bubble; the end waits until it has ended.
func running(t *testing.T, d *desk, o Options) (s *Sender, end func()) {
	t.Helper()
	d.began = time.Now()
	if o.HTTP = (&http.Client{Transport: d}); o.Service.Type == "" {
		o.Service = Service{Type: Slack, URL: market.NewSecret("http://hooks.invalid/T0/c4na7y")}
	}
	s = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return s, func() {
		cancel()
		<-done
	}
}

func info(text string) Message {
	return Message{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Event: "fill", Text: text}
}

// TestBurstIsOneMessage gathers what comes together, and keeps the distance after it.
func TestBurstIsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		s, end := running(t, d, Options{From: "signalman main"})
		for k := range 20 {
			s.Tell(info(fmt.Sprint("fill ", k)))
		}
		s.Tell(info("fill 19")) // again
		time.Sleep(1500 * time.Millisecond)
		s.Tell(info("one more"))
		time.Sleep(time.Minute)
		end()
		if diff := cmp.Diff([]string{"1s", "5s"}, d.at()); diff != "" {
			t.Fatalf("requests at (-want +got):\n%s", diff)
		}
		if text := d.texts[0]; !strings.Contains(text, `"signalman main\n03:04:05Z fill 0\n`) || !strings.Contains(text, `03:04:05Z fill 19 (2 times)"`) {
			t.Error(text)
		}
		if s.Stats() != (Stats{Sent: 21}) {
			t.Errorf("%+v", s.Stats())
		}
	})
}

// TestFailuresAreTriedAgain backs off, and asks no earlier than a service says.
func TestFailuresAreTriedAgain(t *testing.T) {
	away := errors.New("no route")
	for _, x := range []struct {
		name   string
		answer func(n int) (*http.Response, error)
		at     []string
	}{
		{"away", func(n int) (*http.Response, error) {
			if n < 5 {
				return nil, away
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "3s", "6s", "11s", "20s"}},
		{"says when", func(n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "30", ""), nil
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "32s"}},
		{"says a date", func(n int) (*http.Response, error) {
			if n == 1 {
				return reply(503, time.Now().Add(10*time.Second).UTC().Format(http.TimeFormat), ""), nil
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "12s"}},
		{"says it in the body, as Telegram", func(n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "", `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}`), nil
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "9s"}},
		{"says it in the body, as Discord", func(n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "1", `{"message":"You are being rate limited.","retry_after":4.5,"global":false}`), nil
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "6.5s"}},
		{"wants a year", func(n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "31536000", ""), nil
			}
			return reply(200, "", ""), nil
		}, []string{"1s", "1h0m2s"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{answer: x.answer}
				s, end := running(t, d, Options{})
				s.Tell(info("a"))
				time.Sleep(2 * time.Hour)
				end()
				if diff := cmp.Diff(x.at, d.at()); diff != "" {
					t.Errorf("requests at (-want +got):\n%s", diff)
				}
				if got := s.Stats(); got != (Stats{Sent: 1, Failures: len(x.at) - 1}) {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// TestRefusedForGood is not tried again: the next message is, and says what was lost. The
// log has one line of it, which shows no address.
func TestRefusedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := &desk{answer: func(n int) (*http.Response, error) {
			if n < 3 {
				return reply(403, "", "invalid_token c4na7y"), nil
			}
			return reply(200, "", ""), nil
		}}
		s, end := running(t, d, Options{
			Name: "team", Log: slog.New(slog.NewTextHandler(&out, nil)),
			Hide: func(text string) string { return strings.ReplaceAll(text, "c4na7y", "***") },
		})
		for _, text := range []string{"a", "b", "c"} {
			s.Tell(info(text))
			time.Sleep(time.Hour)
		}
		end()
		if len(d.texts) != 3 || !strings.Contains(d.texts[2], "2 older messages were dropped") {
			t.Errorf("%q", d.texts)
		}
		if got := s.Stats(); got != (Stats{Sent: 1, Dropped: 2, Failures: 2}) {
			t.Errorf("%+v", got)
		}
		if says := out.String(); strings.Count(says, "refused and dropped") != 1 || !strings.Contains(says, "arrive again") || strings.Contains(says, "c4na7y") {
			t.Error(says)
		}
	})
}

// TestServerThatNeverAnswers holds nobody up: the queue keeps its bound, and what was lost
// is told once somebody listens.
func TestServerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		d := &desk{}
		d.answer = func(n int) (*http.Response, error) {
			if n == 1 {
				<-hang
				return nil, context.DeadlineExceeded
			}
			return reply(200, "", ""), nil
		}
		s, end := running(t, d, Options{Service: Service{Type: Webhook, URL: market.NewSecret("http://hook.invalid/")}})
		began := time.Now()
		for k := range 5000 {
			s.Tell(info(fmt.Sprint("fill ", k)))
			if k == 0 {
				time.Sleep(2 * time.Second)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("telling took %s", took)
		}
		close(hang)
		time.Sleep(time.Minute)
		end()
		if got := s.Stats(); got != (Stats{Sent: capacity, Dropped: 5000 - capacity, Failures: 1}) {
			t.Errorf("%+v", got)
		}
		if text := d.texts[1]; !strings.Contains(text, `"dropped":4800`) || !strings.Contains(text, "fill 4999") {
			t.Errorf("%.300s", text)
		}
	})
}

// TestEndSendsWhatIsQueued: that it stops is the last thing that a session tells.
func TestEndSendsWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		s, end := running(t, d, Options{})
		s.Tell(info("stopped"))
		end()
		if len(d.texts) != 1 || !strings.Contains(d.texts[0], "stopped") {
			t.Errorf("%q", d.texts)
		}
	})
}

// TestEndDoesNotWaitForever where the service does not answer.
func TestEndDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Service: Service{Type: Slack, URL: market.NewSecret("http://hooks.invalid/")}, HTTP: &http.Client{Transport: silent{}}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.Tell(info("stopped"))
		began := time.Now()
		s.Run(ctx)
		if took := time.Since(began); took != lastPatience {
			t.Errorf("the end took %s", took)
		}
	})
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestLongMessages are cut and spread, so that each request has room.
func TestLongMessages(t *testing.T) {
	for _, kind := range []string{Telegram, Slack, Discord, Webhook} {
		synctest.Test(t, func(t *testing.T) {
			d := &desk{}
			s, end := running(t, d, Options{Service: Service{Type: kind, URL: market.NewSecret("http://hooks.invalid/"), API: "http://api.invalid"}, From: "signalman main"})
			for k := range 50 {
				s.Tell(info(fmt.Sprint(k, strings.Repeat(" 😀&<_", 30*k))))
			}
			time.Sleep(time.Hour)
			end()
			sent := 0
			for _, text := range d.texts {
				sent += strings.Count(text, "03:04:05Z")
				if kind == Discord && len(text) > 8000 || kind == Telegram && len(text) > 12_100 {
					t.Errorf("%s: a request of %d bytes", kind, len(text))
				}
			}
			if sent != 50 || s.Stats().Sent != 50 {
				t.Errorf("%s: %d of 50 messages in %d requests", kind, sent, len(d.texts))
			}
		})
	}
}

// TestLevels tells what is as grave as asked for.
func TestLevels(t *testing.T) {
	s := New(Options{Level: slog.LevelWarn, Service: Service{Type: Slack}})
	s.Tell(Message{Level: slog.LevelInfo, Text: "a"})
	s.Tell(Message{Level: slog.LevelWarn, Text: "b\nc"})
	s.Tell(Message{Level: slog.LevelError, Text: "d"})
	b := s.take()
	if len(b.messages) != 2 || b.messages[0].Text != "b c" {
		t.Errorf("%+v", b.messages)
	}
}
