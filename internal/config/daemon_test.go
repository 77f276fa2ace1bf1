package config_test

import (
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
