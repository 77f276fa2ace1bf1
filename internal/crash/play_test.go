package crash_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A play is one session at one venue, of which one process after the other is killed until
// the venue's history ends.
type play struct {
	t     *testing.T
	kind  kind
	seed  uint64
	r     *rand.Rand
	dir   string
	venue *venue
	start market.Time
	until market.Time // when the strategies stop to ask
	tape  market.Time // how long it is
	end   market.Time // of it

	lives   []*life
	judge   *judge
	endings int // lives that were to die at the end of the session
}

// kind is what sort of play it is.
type kind struct {
	name  string
	usdm  bool
	speed float64 // of the venue's clock; 0: stepped
	slow  bool    // requests may reach the venue long after they were sent
	calm  bool    // the venue does not fail
	share int     // of a hundred kills, how many are of this kind
}

// symbols are what is traded, and strategies those who do.
var (
	symbols    = []string{"BTCUSDT", "ETHUSDT"}
	strategies = []string{"cross", "eager", "lazy"}
)

// tape is how long the history is that is played, and quiet its end in which nobody asks
// for anything new and nothing fails.
const (
	tape  = 240 * market.Time(market.Minute)
	quiet = 20 * market.Time(market.Minute)
	past  = 60 * market.Time(market.Minute)
	cash  = "50000"
)

func newPlay(t *testing.T, k kind, seed uint64) *play {
	p := &play{t: t, kind: k, seed: seed, tape: tape, r: rand.New(rand.NewPCG(seed, 9)), start: market.TimeOf(time.Date(2024, 3, 1, 12, 0, 30, 0, time.UTC))}
	switch {
	case k.speed == 30:
		p.tape /= 20
	case k.calm || wanted(t) <= 50:
		p.tape /= 4
	}
	p.end = p.start + p.tape
	p.until = p.end - min(quiet, p.tape/4)
	dir, err := os.MkdirTemp("", fmt.Sprintf("signalman-crash-%s-%d-", k.name, seed))
	if err != nil {
		t.Fatal(err)
	}
	p.dir = dir
	t.Cleanup(func() {
		if t.Failed() || *keep {
			name, _, _ := strings.Cut(t.Name(), fmt.Sprintf("/%d", seed))
			t.Logf("its files are kept in %s; once more: go test ./internal/crash -run '%s$' -seed %d -kills %d -v", dir, name, seed, wanted(t))
			return
		}
		os.RemoveAll(dir)
	})
	p.record()
	p.venue = startVenue(p)
	p.configure()
	p.judge = newJudge(p)
	return p
}

// record writes the history that the venue plays: prices that walk, by the minute, now and
// then without a trade.
func (p *play) record() {
	if err := os.Mkdir(filepath.Join(p.dir, "venue"), 0o700); err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(p.dir, "venue", "history.db"), store.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	from := market.Minute.Floor(p.start) - past
	for k, symbol := range symbols {
		in := p.instrument(symbol)
		if _, err := db.PutInstruments(from, []market.Instrument{in}); err != nil {
			p.t.Fatal(err)
		}
		s := store.Series{Venue: in.Venue, Symbol: symbol, Interval: market.Minute}
		if _, err := db.PutBars(s, p.walk(from, 100_000-40_000*k)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// exchange is what the configuration calls the venue.
func (p *play) exchange() string {
	if p.kind.usdm {
		return "binance-usdm"
	}
	return "binance"
}

func (p *play) instrument(symbol string) market.Instrument {
	in := market.Bare(symbol, symbol[:3], "USDT")
	in.Venue, in.Tick, in.Step = p.exchange(), number("0.01"), number("0.001")
	in.MinNotional, in.MinQuantity, in.MaxQuantity = number("5"), number("0.001"), number("9000")
	in.PriceBandUp, in.PriceBandDown, in.MaxOrders, in.MaxStops = number("1.2"), number("0.8"), 40, 12
	return in
}

func (p *play) walk(from market.Time, price int) *market.Columns {
	minutes := int((past + p.tape) / market.Time(market.Minute))
	c := market.MakeColumns(market.Minute, minutes)
	c.PriceScale, c.VolumeScale = 2, 3
	for k := range minutes {
		open := price
		price = max(20_000, price+p.r.IntN(401)-200)
		high, low := max(open, price)+p.r.IntN(100), min(open, price)-p.r.IntN(100)
		if k > 60 && p.r.IntN(50) == 0 {
			continue
		}
		c.Append(market.Bar{
			OpenTime: from + market.Time(k)*market.Time(market.Minute), Open: float64(open) / 100, High: float64(high) / 100,
			Low: float64(low) / 100, Close: float64(price) / 100, Volume: float64(1 + p.r.IntN(50)),
		})
	}
	return c
}

// configure writes the configuration of the session.
func (p *play) configure() {
	var b strings.Builder
	fmt.Fprintf(&b, "[account.main]\nexchange = \"there\"\nmode = \"live\"\ncash = %q\nseed = %d\naudit = true\n", cash, p.seed)
	if p.kind.usdm {
		b.WriteString("market = \"usdm\"\nleverage = \"2\"\nnetting = true\n")
	}
	fmt.Fprintf(&b, "[exchange.there]\ntype = %q\nenv = \"local\"\naddress = %q\nkey = { env = \"CRASH_KEY\" }\nsecret = { env = \"CRASH_SECRET\" }\n", p.exchange(), p.venue.URL)
	for k, eager := range []int{0, 14, 5} {
		fmt.Fprintf(&b, "[strategy.%s]\naccount = \"main\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\ninterval = \"1m\"\nweight = \"0.3\"\n", strategies[k])
		if eager == 0 {
			fmt.Fprintf(&b, "type = \"sma_cross\"\n[strategy.%s.params]\nfast = 2\nslow = 5\n", strategies[k])
			continue
		}
		fmt.Fprintf(&b, "type = \"gambler\"\n[strategy.%s.params]\nuntil = %q\neager = %d\n", strategies[k], p.until, eager)
	}
	if err := os.WriteFile(p.config(), []byte(b.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *play) config() string   { return filepath.Join(p.dir, "strategies.toml") }
func (p *play) data() string     { return filepath.Join(p.dir, "data") }
func (p *play) sessions() string { return filepath.Join(p.data(), "sessions") }

// run lets process after process die until the session has ended, and judges after each.
func (p *play) run(q *queue) {
	for k := 0; ; k++ {
		l := q.life(p)
		p.live(l)
		q.died(p, l)
		p.judge.death(l)
		if p.over() || p.t.Failed() {
			break
		}
		if k == 2000 {
			p.t.Fatalf("%d processes did not bring the session to its end", k)
		}
		p.idle()
	}
	if !p.t.Failed() {
		p.judge.end()
	}
}

// life runs one process, and judges what it leaves.
func (p *play) life(l *life) {
	l.number = len(p.lives)
	p.live(l)
	p.judge.death(l)
}

// finish lets the session run to its end, and judges it.
func (p *play) finish() {
	for !p.over() && !p.t.Failed() {
		p.life(p.last())
	}
	if !p.t.Failed() {
		p.judge.end()
	}
}

// last is a process that runs until the tape ends. At a venue whose clock moves by itself
// the market then goes on, and the process is told to stop once it can know that what it does
// not find is not there.
func (p *play) last() *life {
	l := &life{number: len(p.lives)}
	if p.kind.speed > 0 {
		left := time.Duration(float64(p.end-p.venue.now()) / p.kind.speed)
		l.after, l.gently = max(left, 22*time.Second), true
	}
	return l
}

// over reports whether the session has come to the end of the tape.
func (p *play) over() bool {
	if p.kind.speed == 0 {
		return p.judge.finished
	}
	n := len(p.lives)
	return n > 0 && p.lives[n-1].gently && p.lives[n-1].died == "" && p.judge.last > p.end-market.Time(3*time.Minute)
}

// idle lets time pass at a stepped venue while nobody is there, now and then.
func (p *play) idle() {
	if p.kind.speed == 0 && p.r.IntN(6) == 0 && p.venue.now() < p.until {
		p.venue.step(1 + p.r.IntN(12))
	}
}
