package app_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// newest returns the path of the only journal of a data directory.
func newest(t *testing.T, data string) string {
	t.Helper()
	list, err := store.Sessions(filepath.Join(data, "sessions"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].Path
}

// TestReplayOfAnOldJournal: one without a setup needs the configuration, and the right one.
func TestReplayOfAnOldJournal(t *testing.T) {
	data, config := t.TempDir(), write(t, thirtyDays)
	if code, out := again(t, data, "run", "--config", config, "--speed", "max", "--quiet"); code != 0 {
		t.Fatal(out)
	}
	r, err := store.OpenJournal(newest(t, data))
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(data, "old.journal")
	j, err := store.CreateJournal(old, r.Header())
	if err != nil {
		t.Fatal(err)
	}
	for records, err := range r.Instants() {
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range records {
			if x.Kind != market.RecordSetup {
				err = j.Append(x)
			}
		}
		if err != nil || j.Commit() != nil {
			t.Fatal(err)
		}
	}
	if err := j.Finish(); err != nil || j.Close() != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"replay", old}, 2, "name the configuration of the session with --config"},
		{[]string{"parity", old}, 2, "name the configuration of the session with --config"},
		{[]string{"replay", old, "--config", config}, 0, "each decision and halt is the journal's"},
		{[]string{"parity", old, "--config", config}, 0, "equal: each decision"},
		{[]string{"replay", old, "--config", config, "--set", "strategy.ema_cross.params.fast=6"}, 2, "is not the configuration of the session"},
	} {
		if code, out := again(t, data, x.args...); code != x.code || !strings.Contains(out, x.says) {
			t.Errorf("%v ends with %d: %s", x.args, code, out)
		}
	}
}

// TestReplayBesideTheSession reads a journal while its session writes it.
func TestReplayBesideTheSession(t *testing.T) {
	data, config := t.TempDir(), write(t, thirtyDays)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var out bytes.Buffer
	go func() {
		defer close(ended)
		app.Run(ctx, app.Default(), []string{"--data", data, "run", "--config", config, "--speed", "1e6", "--quiet"}, &out, &out)
	}()
	defer func() { stop(); <-ended }()
	read := 0
	for deadline := time.Now().Add(20 * time.Second); read < 5 && time.Now().Before(deadline); {
		list, err := store.Sessions(filepath.Join(data, "sessions"))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 || list[0].Instants < 10*(read+1) {
			continue
		}
		for _, what := range []string{"replay", "parity"} {
			if code, out := again(t, data, what, "last"); code != 0 {
				t.Fatalf("%s ends with %d: %s", what, code, out)
			}
		}
		read++
	}
	if read < 5 {
		t.Errorf("read %d times", read)
	}
}
