package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/market"
)

// TestLogShowsNoKey logs keys in each of the ways in which they may be written, as text and as
// JSON, and tells them: what is printed and what is told has none of them.
func TestLogShowsNoKey(t *testing.T) {
	for _, form := range []string{"text", "json"} {
		for name, key := range canaries {
			t.Setenv("CANARY", key)
			var out bytes.Buffer
			c := &command{err: &out, log: slog.LevelDebug}
			if _, err := c.keys.read(&config.Secret{Env: "CANARY"}); err != nil {
				t.Fatal(err)
			}
			cfg := &config.Config{Notify: []config.Notify{{Name: "hook", Type: "webhook", Level: "info", URL: &config.Secret{Key: "url", Env: "CANARY"}}}}
			cfg.Daemon.Log = form
			if err := c.openLogs(cfg); err != nil {
				t.Fatal(err)
			}
			for how, text := range written(key) {
				if how == "in pieces" || strings.HasPrefix(how, "in base64") {
					continue // no more than a part of the key
				}
				c.logger().With("before", text).Warn("it said "+text, "error", text, slog.Group("g", "inner", market.NewSecret(text)))
				c.logger().Info("told "+text, notify.EventKey, "fill")
				if says := out.String(); strings.Contains(says, text) {
					t.Errorf("%s, %s, %s: %s", form, name, how, says)
				}
				if told := c.keys.hide("told " + text); strings.Contains(told, text) {
					t.Errorf("%s, %s: %s", name, how, told)
				}
			}
		}
	}
}

// TestLog is one object a line where that is wanted, as grave as wanted, and counted.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	c := &command{err: &out, log: slog.LevelWarn}
	cfg := &config.Config{}
	cfg.Daemon.Log = "json"
	if err := c.openLogs(cfg); err != nil {
		t.Fatal(err)
	}
	log := c.logger().With("order", market.OrderID{Strategy: "a", Sequence: 1})
	log.Info("not grave enough")
	log.WithGroup("g").Warn("two", "n", 2)
	log.Error("three")
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(line, err)
		}
		lines = append(lines, one)
	}
	if len(lines) != 2 || lines[0]["order"] != "a/1" || lines[0]["msg"] != "two" || lines[1]["level"] != "ERROR" {
		t.Errorf("%v", lines)
	}
	counts := map[string]int{}
	for _, l := range c.lines.list() {
		counts[l.Level] = l.N
	}
	if counts["warn"] != 1 || counts["error"] != 1 || counts["info"] != 0 {
		t.Errorf("%v", counts)
	}
}
