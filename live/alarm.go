package live

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// The kinds of market.Trouble.
const venueTrouble, reckonTrouble = "venue", "reconcile"

// alarmPause is how often the engine is told of trouble with the venue at most: one that is
// down would fill the journal.
const alarmPause = market.Time(time.Second)

// alarmText is how long the words of an alarm may be.
const alarmText = 160

// alarm tells the engine of trouble (market.Trouble), where a rule of the session listens:
// the journals of others stay as they are. It is told from any goroutine.
type alarm struct {
	inbox *inbox
	now   func() market.Time
	on    atomic.Bool

	mu   sync.Mutex
	last market.Time // when it told of the venue
}

// venue tells that the venue refused a request, did not answer it, or was away.
func (a *alarm) venue(what string, err error) {
	if a == nil || !a.on.Load() {
		return
	}
	now := a.now()
	a.mu.Lock()
	quiet := a.last > 0 && now < a.last+alarmPause
	if !quiet {
		a.last = now
	}
	a.mu.Unlock()
	if quiet {
		return
	}
	if err != nil {
		what += ": " + err.Error()
	}
	a.tell(now, venueTrouble, what)
}

// reckon tells that account and books differ.
func (a *alarm) reckon(text string) {
	if a != nil && a.on.Load() {
		a.tell(a.now(), reckonTrouble, text)
	}
}

func (a *alarm) tell(now market.Time, kind, text string) {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > alarmText {
		text = strings.ToValidUTF8(text[:alarmText], "") + "…"
	}
	a.inbox.put(arrival{
		at: now, instrument: market.NoInstrument, say: market.Trouble, word: &market.Word{Rule: kind, Text: text},
	})
}

// attend sets whether a rule listens, which a reload may change.
func (a *alarm) attend(hears func() bool) {
	if a != nil && hears != nil {
		a.on.Store(hears())
	}
}
