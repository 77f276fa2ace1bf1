package crash_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

var (
	kills = flag.Int("kills", 0, "how many processes TestKills kills; 0: SIGNALMAN_KILLS, or 12")
	seed  = flag.Uint64("seed", 0, "of the first play of each kind; 0: by the clock")
	only  = flag.String("faults", "", "the faults of every venue, in place of those that are drawn, as 'signalman venue --fault' takes them")
	keep  = flag.Bool("keep", false, "keep the files of every play")
)

var kinds = []kind{
	{name: "spot", share: 38},
	{name: "usdm", usdm: true, share: 38},
	{name: "late", slow: true, share: 18},
	{name: "clock", speed: 30, slow: true, share: 6},
}

// long is from how many kills on there is time for what goes by the clock of the wall.
const long = 100

// TestKills kills sessions until as many have died as -kills says, and judges.
func TestKills(t *testing.T) {
	q := newQueue(t, wanted(t))
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano() % 1e9)
	}
	q.turn = int(first % uint64(len(q.places)))
	began := time.Now()
	t.Cleanup(func() {
		q.judge(t)
		t.Logf("%d kills in %s; where they died:\n%s", q.kills, time.Since(began).Round(time.Second), q)
	})
	for _, k := range kinds {
		if k.speed > 0 && wanted(t) < long {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for s := first; !q.spent(k); s++ {
				t.Run(fmt.Sprint(s), func(t *testing.T) {
					p := newPlay(t, k, s)
					p.run(q)
					t.Logf("%d lives, %d orders, %d intents, faults %v", len(p.lives), len(p.judge.seen), len(p.judge.list), p.venue.hits())
				})
				if t.Failed() {
					return
				}
			}
		})
	}
}

// wanted is how many processes are killed.
func wanted(t *testing.T) int {
	if *kills > 0 {
		return *kills
	}
	if n, err := strconv.Atoi(os.Getenv("SIGNALMAN_KILLS")); err == nil {
		return n
	}
	return 12
}

var built struct {
	sync.Once
	path string
	err  error
}

// program builds the program that is killed, once.
func program(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		var dir string
		if dir, built.err = os.MkdirTemp("", "signalman-crash-binary-"); built.err != nil {
			return
		}
		built.path = filepath.Join(dir, "signalman")
		out, err := exec.Command("go", "build", "-tags", "failpoints", "-o", built.path, "./daemon").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// TestMain removes the program again.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(code)
}

func number(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
