package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/signals"
)

// TestQuotas: sources of one type share a quota, unwritten limits are the plug-in's, and
// limits are no part of what is decided.
func TestQuotas(t *testing.T) {
	const sources = "[signals.far]\n[signals.hourly]\ntype = \"far\"\n[signals.open]\n[signals.second]\ntype = \"far\"\nquota = \"mine\"\n[quota.mine]\nday = 7\n"
	c := parse(t, sources)
	want := []config.Quota{{Name: "far", Limits: signals.Limits{Month: 50, Minute: 20}}, {Name: "mine", Limits: signals.Limits{Day: 7}, Written: true}}
	if diff := cmp.Diff(want, c.Quotas); diff != "" {
		t.Error(diff)
	}
	var charged []string
	for _, s := range c.Sources {
		charged = append(charged, s.Name+" "+s.Quota)
	}
	if diff := cmp.Diff([]string{"far far", "hourly far", "open open", "second mine"}, charged); diff != "" {
		t.Error(diff)
	}
	written := parse(t, sources+"[quota.far]\nmonth = 500\n")
	if got := written.Limits("far"); got != (signals.Limits{Month: 500}) {
		t.Errorf("limits %+v", got)
	}
	if c.Limits("open") != (signals.Limits{}) || c.Hash() != written.Hash() {
		t.Error("a quota changed the hash of the configuration")
	}
	if text := string(c.Resolved()); !strings.Contains(text, "[quota.far]\nmonth = 50\nday = 0\nhour = 0\nminute = 20\n") || !strings.Contains(text, `quota = "mine"`) {
		t.Error(text)
	}
	resolves(t, c)
}
