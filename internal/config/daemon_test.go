package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/config"
)

func TestDaemonIsRead(t *testing.T) {
	if diff := cmp.Diff(config.Daemon{Log: "text"}, parse(t, head).Daemon); diff != "" {
		t.Error(diff)
	}
	c := parse(t, head, "daemon.socket=/run/a.sock", "daemon.http=[::1]:8640", "daemon.token.env=TOKEN", "daemon.metrics=:9640", "daemon.log=json", "daemon.kill_file=stop")
	d := c.Daemon
	if d.Socket != "/run/a.sock" || d.HTTP != "[::1]:8640" || d.Metrics != ":9640" || d.Log != "json" || d.KillFile != "stop" {
		t.Errorf("%+v", d)
	}
	token, err := d.Token.Read(func(name string) string { return map[string]string{"TOKEN": "made-up-token"}[name] })
	if err != nil || token.Reveal() != "made-up-token" {
		t.Errorf("%+v: %v", d.Token, err)
	}
	resolves(t, c)
	if c.Hash() != parse(t, head).Hash() {
		t.Error("the daemon is part of the hash")
	}
}

func TestDaemonAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.toml")
	if d, err := config.LoadDaemon(file); err != nil || d.Log != "text" {
		t.Errorf("no file: %+v, %v", d, err)
	}
	for text, want := range map[string]string{
		"[daemon]\nsocket = \"a.sock\"\n[strategy.x]\ntype = \"nobody\"\n": "",
		"[daemon]\nsocket = 1\n": file + `:2:10: socket = 1 must be a string, not a whole number; write it in quotes: "1"`,
		"[daemon\n":              file + ":1:8: not TOML",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := config.LoadDaemon(file)
		if want == "" && (err != nil || d.Socket != "a.sock") || want != "" && (err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want) {
			t.Errorf("%q: %+v, %v", text, d, err)
		}
	}
}
