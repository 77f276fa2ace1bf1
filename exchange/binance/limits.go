package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// The venue's limits on the weight of requests, a minute and address, until exchangeInfo
// says them.
const (
	spotLimit = 6000
	usdmLimit = 2400
)

// Limits are what the venue counts by address: one for all clients of a host in the
// process. Its methods may be called concurrently.
type limits struct {
	host string

	mu      sync.Mutex
	weight  int                   // a minute
	orders  map[time.Duration]int // of one account, by length of the window they are counted in
	known   bool                  // weight is what exchangeInfo says
	minute  int64
	used    int // weight of answered requests in minute
	flying  int // weight of requests under way
	blocked time.Time
	dirs    []string // where the end of a pause is kept
	heard   bool     // the venue has answered at least once
}

// everyHost holds the limits of the process. Clients with an http.Client of their own are
// apart: they may speak to another venue under the same name.
var everyHost struct {
	sync.Mutex
	of map[hostKey]*limits
}

type hostKey struct {
	host string
	via  *http.Client
}

// limitsOf returns the limits of a host.
func limitsOf(address string, via *http.Client, weight int) *limits {
	everyHost.Lock()
	defer everyHost.Unlock()
	key := hostKey{hostOf(address), via}
	if everyHost.of == nil {
		everyHost.of = map[hostKey]*limits{}
	}
	if everyHost.of[key] == nil {
		everyHost.of[key] = &limits{host: key.host, weight: weight}
	}
	return everyHost.of[key]
}

// Why a request waits.
const (
	whyBlocked = "the venue asked for a pause"
	whyBudget  = "most of the venue's weight a minute is used"
)

// reserve takes w of the budget of a lane, or says how long to wait for it.
func (l *limits) reserve(now time.Time, way lane, w int) (pause time.Duration, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pause := l.blocked.Sub(now); pause > 0 {
		return pause, whyBlocked
	}
	if m := now.Unix() / 60; m != l.minute {
		l.minute, l.used = m, 0
	}
	if busy := l.used + l.flying; busy > 0 && busy+w > l.weight*shares[way]/100 {
		return time.Unix((l.minute+1)*60, 0).Sub(now), whyBudget
	}
	l.flying += w
	return 0, ""
}

// giveBack undoes a reservation of what was not sent.
func (l *limits) giveBack(w int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying -= w
}

func (l *limits) answered(now time.Time, w int, minute int64, a *answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying -= w
	l.heard = l.heard || a.status != 0
	switch {
	case minute != now.Unix()/60 || minute != l.minute:
	case a.used > 0:
		l.used = a.used
	default:
		l.used += w
	}
}

// hears reports whether the venue has ever answered: before, an address that cannot be
// reached is most likely a wrong one.
func (l *limits) hears() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard
}

// isKnown reports whether exchangeInfo has said the limits.
func (l *limits) isKnown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known
}

// block lets nothing pass until a time, and keeps it in every directory it knows of.
func (l *limits) block(until time.Time) error {
	l.mu.Lock()
	if !until.After(l.blocked) {
		l.mu.Unlock()
		return nil
	}
	l.blocked = until
	dirs := slices.Clone(l.dirs)
	l.mu.Unlock()
	var all []error
	for _, dir := range dirs {
		all = append(all, keepPause(dir, l.host, until))
	}
	return errors.Join(all...)
}

// keep has the ends of pauses kept in a directory, and obeys the one that is there, unless
// it is further away than the venue's ever are.
func (l *limits) keep(dir string, now time.Time) error {
	if dir == "" {
		return nil
	}
	pauses, err := readPauses(dir)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.dirs, dir) {
		l.dirs = append(l.dirs, dir)
	}
	if until := pauses[l.host]; until.After(l.blocked) && until.Sub(now) <= longest {
		l.blocked = until
	}
	return err
}

// kept says where the end of the pause is kept, for who knows that it is a wrong one.
func (l *limits) kept() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.dirs) == 0 {
		return ""
	}
	return fmt.Sprintf(" (kept in %s: delete that if the venue said no such thing)", filepath.Join(l.dirs[0], pausesFile))
}

// pausesFile holds the ends of pauses by host, as JSON.
const pausesFile = "pauses.json"

// pausesLock is held while a file of pauses is written.
var pausesLock sync.Mutex

func readPauses(dir string) (map[string]time.Time, error) {
	path := filepath.Join(dir, pausesFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var pauses map[string]time.Time
	if err == nil {
		err = json.Unmarshal(b, &pauses)
	}
	if err != nil {
		return nil, fmt.Errorf("the venue may have asked for a pause, but it cannot be read: %w; delete %s if it did not", err, path)
	}
	return pauses, nil
}

// keepPause writes the file anew: it is whole at any time.
func keepPause(dir, host string, until time.Time) error {
	pausesLock.Lock()
	defer pausesLock.Unlock()
	pauses, _ := readPauses(dir) // one that cannot be read is replaced
	pauses = maps.Clone(pauses)
	if pauses == nil {
		pauses = map[string]time.Time{}
	}
	pauses[host] = until.UTC().Round(0)
	b, err := json.Marshal(pauses)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, pausesFile+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, pausesFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
