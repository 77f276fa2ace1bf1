package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/config"
)

const notifyText = `
[notify.telegram]
chat = "-1001"
token = { env = "TELEGRAM_TOKEN" }
[notify.team]
type = "slack"
level = "warn"
url = { env = "SLACK_URL" }
[notify.hook]
type = "webhook"
level = "error"
url = { env = "HOOK_URL" }
secret = { env = "HOOK_SECRET" }
`

func TestNotifyIsRead(t *testing.T) {
	c := parse(t, head+notifyText, "notify.telegram.api=http://127.0.0.1:1")
	var got []string
	for _, n := range c.Notify {
		line := n.Name + " " + n.Type + " " + n.Level + " " + n.Chat + " " + n.API
		for _, s := range []*config.Secret{n.Token, n.URL, n.Secret} {
			if s != nil {
				line += " " + s.Key + "=" + s.Env
			}
		}
		got = append(got, line)
	}
	want := []string{
		"hook webhook error   url=HOOK_URL secret=HOOK_SECRET",
		"team slack warn   url=SLACK_URL",
		"telegram telegram info -1001 http://127.0.0.1:1 token=TELEGRAM_TOKEN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	resolves(t, c)
	if c.Hash() != parse(t, head).Hash() {
		t.Error("who is told is part of the hash")
	}
}
