package notify

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHandler tells warnings with what they are about, and events by their message alone.
func TestHandler(t *testing.T) {
	s := New(Options{Service: Service{Type: Slack}})
	grave := New(Options{Service: Service{Type: Slack}, Level: slog.LevelError})
	log := slog.New(NewHandler(s, grave))
	log.Info("nothing to tell", "a", 1)
	log.Debug("nor this", EventKey, "fill")
	log.Info("bought 1 BTC", EventKey, "fill", "order", "a/1")
	log.With("exchange", "binance").WithGroup("g").Warn("connection lost", "socket", "x", slog.Group("h", "i", 2), slog.Group("", "j", 3))
	log.With(EventKey, "halt").Error("halted", "order", "b")
	var texts []string
	for _, m := range s.take().messages {
		texts = append(texts, m.Event+": "+m.Text)
	}
	want := []string{"fill: bought 1 BTC", "log: connection lost (exchange binance, g.socket x, g.h.i 2, g.j 3)", "halt: halted"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := grave.take().messages; len(got) != 1 || got[0].Text != "halted" {
		t.Errorf("%+v", got)
	}
	if slog.New(NewHandler(grave)).Enabled(t.Context(), slog.LevelWarn) {
		t.Error("nobody is told of warnings")
	}
}
