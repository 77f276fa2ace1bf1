package control_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// told is a session that notes what it is told.
type told struct {
	mu    sync.Mutex
	words []string
}

func (d *told) Snapshot(context.Context, int) (*live.Snapshot, error) { return &live.Snapshot{}, nil }

func (d *told) Tell(_ context.Context, say market.Command, w market.Word) error {
	d.Say(say, w)
	return nil
}

func (d *told) Say(say market.Command, w market.Word) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.words = append(d.words, say.String()+" "+w.Text)
}

func (d *told) take() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := strings.Join(d.words, "|")
	d.words = nil
	return text
}

func TestKillFile(t *testing.T) {
	d := &told{}
	k := &control.KillFile{Path: filepath.Join(t.TempDir(), "kill"), Desk: d, Log: slog.New(slog.DiscardHandler)}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go k.Watch(ctx)
		expect := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := d.take(); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		expect(3*time.Second, "")
		if err := control.WriteKillFile(k.Path, "the venue\nlooks odd"); err != nil {
			t.Fatal(err)
		}
		expect(time.Second, "kill new risk stopped until resume, by the kill file: the venue looks odd")
		expect(5*time.Second, "") // once
		if there, err := control.RemoveKillFile(k.Path); err != nil || !there {
			t.Fatal(err)
		}
		expect(2*time.Second, "") // a kill stands until resume
		if err := os.Mkdir(k.Path, 0o700); err != nil {
			t.Fatal(err)
		}
		expect(time.Second, "kill new risk stopped until resume, by the kill file")
	})
}

// TestResumeRemovesTheKillFile resumes all, and less than all.
func TestResumeRemovesTheKillFile(t *testing.T) {
	desk := begin(t)
	k := &control.KillFile{Path: filepath.Join(t.TempDir(), "kill"), Desk: desk, Log: slog.New(slog.DiscardHandler)}
	c, _, _ := serve(t, control.Config{Desk: desk, Kill: k})
	if err := control.WriteKillFile(k.Path, strings.Repeat("long ", 1000)); err != nil {
		t.Fatal(err)
	}
	if !k.Check() || k.Check() {
		t.Error("a file is obeyed once")
	}
	halts := until(t, c, "/v1/halts", func(h control.Halts) bool { return len(h.Halts) == 1 })
	if !strings.Contains(halts.Halts[0].Text, "by the kill file: long long") || len(halts.Halts[0].Text) > 300 {
		t.Errorf("%+v", halts)
	}
	for _, o := range []control.Order{{Scope: "a"}, {Rule: "pause"}} {
		if r := order[control.Resumed](t, c, "/v1/resume", o); len(r.Halts) != 1 || r.Text != "nothing was lifted: 1 halt stands" {
			t.Errorf("%+v: %+v", o, r)
		}
		if _, err := os.Stat(k.Path); err != nil {
			t.Errorf("%+v removes the file", o)
		}
	}
	if r := order[control.Resumed](t, c, "/v1/resume", control.Order{}); len(r.Halts) != 0 || len(r.Lifted) != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(k.Path); err == nil || k.Check() {
		t.Error("the file is still there, or obeyed again")
	}
	if err := os.MkdirAll(filepath.Join(k.Path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(context.Background(), "/v1/resume", control.Order{}); err == nil || !strings.Contains(err.Error(), "the kill file cannot be removed") {
		t.Errorf("%v", err)
	}
}
