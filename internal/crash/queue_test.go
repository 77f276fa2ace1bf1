package crash_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A place is where a process can be killed, as docs/crash.md lists it.
type place struct {
	name  string
	when  string // what must be for it to be reached: see the document
	most  int    // up to which turn it is tried
	tries int
	waits int // in how many processes it was armed beside another one
	kills int
}

// queue says how the next process dies: at one place after the other, and now and then at
// any moment. It is shared by all plays.
type queue struct {
	mu     sync.Mutex
	places []*place
	turn   int            // the place with which they begin
	left   map[string]int // kills, by the kind of play
	kills  int
	others map[string]int // deaths that were at no place
}

var row = regexp.MustCompile("(?m)^\\| `([a-z.-]+)` \\| (\\w+) \\|")

// listed reads the places of the document.
func listed(t *testing.T) (list []*place) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "crash.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		list = append(list, &place{name: m[1], when: m[2], most: 4})
	}
	if len(list) < 20 {
		t.Fatalf("docs/crash.md lists %d places", len(list))
	}
	return list
}

// newQueue shares kills among the kinds of plays.
func newQueue(t *testing.T, kills int) *queue {
	q := &queue{places: listed(t), left: map[string]int{}, others: map[string]int{}}
	for _, k := range kinds {
		q.left[k.name] = (kills*k.share + 99) / 100
	}
	return q
}

// spent reports whether there have been enough kills of a kind.
func (q *queue) spent(k kind) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left[k.name] <= 0
}

// life says how the next process of a play dies.
func (q *queue) life(p *play) *life {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := &life{number: len(p.lives)}
	over := q.left[p.kind.name] <= 0 || p.venue.now() >= p.until
	if over {
		p.venue.mend()
	}
	switch chance := p.r.IntN(20); {
	case l.number == 0 && !over:
		q.arm(p, l, "first")
	case over && p.kind.speed == 0 && p.endings < q.count("end"):
		p.endings++
		q.arm(p, l, "end")
		l.lines = 0
	case over:
		return p.last()
	case chance < 2:
		l.lines = 1 + p.r.IntN(30)
	case chance < 4:
		l.after = time.Duration(p.r.IntN(250)+1) * time.Millisecond
	case chance < 5:
		q.arm(p, l, "quit")
		l.gently = true
	default:
		q.arm(p, l, "trade", "start")
	}
	if p.kind.speed > 0 && l.after == 0 { // where nothing happens any more, no line comes
		l.after = time.Duration(1+p.r.IntN(3)) * time.Second
	}
	return l
}

// count returns how many places there are of a sort.
func (q *queue) count(when string) (n int) {
	for _, x := range q.places {
		if x.when == when {
			n++
		}
	}
	return n
}

// arm takes a place of some sort: one at which the fewest were to die.
func (q *queue) arm(p *play, l *life, when ...string) {
	l.lines = 20 + p.r.IntN(40)
	var x *place
	for k := range q.places {
		y := q.places[(q.turn+k)%len(q.places)]
		if slices.Contains(when, y.when) && (x == nil || y.tries < x.tries) {
			x = y
		}
	}
	l.place, l.turn = x.name, 1
	if x.when == "trade" {
		l.turn = 1 + p.r.IntN(x.most)
	}
	x.tries++
	l.rare = q.rare(x, when)
}

// rare lists the places at which nobody has died yet though they had their turn.
func (q *queue) rare(but *place, when []string) (list []string) {
	for _, x := range q.places {
		if x != but && x.tries > 0 && x.kills == 0 && slices.Contains(when, x.when) {
			x.waits++
			list = append(list, x.name+":1")
		}
	}
	return list
}

// died counts a death.
func (q *queue) died(p *play, l *life) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.died == "" {
		q.others[fmt.Sprintf("ended by itself with %d", l.code)]++
		return
	}
	q.kills++
	q.left[p.kind.name]--
	for _, x := range q.places {
		if x.name == l.died {
			x.kills++
			x.most = min(x.most+2, 24)
			return
		}
	}
	q.others[l.died]++
	for _, x := range q.places {
		if x.name == l.place {
			x.most = max(1, x.most/2)
		}
	}
}

// judge asks that every place was reached, where there were kills enough for that.
func (q *queue) judge(t *testing.T) {
	for _, x := range q.places {
		if x.waits >= 100 && x.kills == 0 {
			t.Errorf("nobody died at %s, though it waited in %d processes: has it gone?", x.name, x.waits)
		}
	}
}

// String lists the places, and how many processes died there.
func (q *queue) String() string {
	var b strings.Builder
	for _, x := range q.places {
		fmt.Fprintf(&b, "  %5d  %s\n", x.kills, x.name)
	}
	for _, name := range sorted(q.others) {
		fmt.Fprintf(&b, "  %5d  %s\n", q.others[name], name)
	}
	return b.String()
}
