package crash_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/store"
)

// calmly begins a play at a venue that does not fail, and lets one process trade for a while.
func calmly(t *testing.T) *play {
	t.Helper()
	t.Parallel()
	p := newPlay(t, kind{name: "calm", calm: true}, 4)
	p.life(&life{lines: 40})
	return p
}

// orders counts what the venue has.
func (p *play) orders() int { return len(p.venue.state().Orders) }

// TestFullDisk: a journal that cannot be written ends the process with a word about it, and
// nothing that is not in it is sent. Once there is room, the session goes on.
func TestFullDisk(t *testing.T) {
	t.Run("no space", func(t *testing.T) {
		p := calmly(t)
		for _, n := range []int{1, 2, 5} {
			l := &life{place: "journal.before-write", turn: n, effect: ":error", fails: "free some disk space and run again: the session goes on from what is on disk"}
			if p.life(l); l.code != 1 {
				t.Errorf("%s", l)
			}
		}
		p.finish()
	})
	t.Run("largest file", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("there is no ulimit")
		}
		p := calmly(t)
		for range 2 {
			blocks := (len(p.judge.text) + 3000) / 512
			l := &life{within: []string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks)}, fails: "file too large"}
			if p.life(l); l.code != 1 {
				t.Errorf("%s", l)
			}
		}
		p.finish()
	})
}

// TestReadOnlyDisk: neither a new session nor one that goes on sends anything.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	p := newPlay(t, kind{name: "calm", calm: true}, 5)
	if err := os.MkdirAll(p.sessions(), 0o700); err != nil {
		t.Fatal(err)
	}
	// Its own view of the file system, in which the data are on a disk that is read-only.
	readonly := []string{"unshare", "-m", "sh", "-c", fmt.Sprintf(`mount --bind %[1]q %[1]q && mount -o remount,ro,bind %[1]q && exec "$0" "$@"`, p.data())}
	if out, err := exec.Command(readonly[0], append(readonly[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("a read-only disk cannot be made here: %v: %s", err, out)
	}
	p.life(&life{within: readonly, fails: "read-only file system"})
	if n := p.orders(); n > 0 {
		t.Errorf("%d orders were sent", n)
	}
	p.life(&life{lines: 40})
	before := p.orders()
	p.life(&life{within: readonly, fails: "read-only file system"})
	if n := p.orders(); n != before {
		t.Errorf("%d orders were sent", n-before)
	}
	p.finish()
}

// TestTornJournal: what the last write was to say may be cut short at any byte. It opens,
// says how much is lost, and the session goes on: nobody was told that it was written.
func TestTornJournal(t *testing.T) {
	p := calmly(t)
	l := &life{place: "journal.after-write", turn: 6}
	l.number = len(p.lives)
	p.live(l)
	if l.died != l.place {
		t.Fatal(l)
	}
	whole, err := os.ReadFile(p.judge.path)
	if err != nil {
		t.Fatal(err)
	}
	starts := frames(whole)
	last := starts[len(starts)-1]
	for cut := last + 1; cut < len(whole); cut++ {
		p.write(whole[:cut])
		r, err := store.OpenJournal(p.judge.path)
		if err != nil || r.Lost() != int64(cut-last) || r.Len() != len(starts)-2 { // the header is no instant
			t.Fatalf("cut at byte %d of %d: %d instants and %d bytes lost, with %v", cut-last, len(whole)-last, r.Len(), r.Lost(), err)
		}
	}
	cut := last + 1 + p.r.IntN(len(whole)-last-1)
	p.write(whole[:cut])
	p.judge.death(l)
	next := &life{lines: 20}
	p.life(next)
	if want := fmt.Sprintf("left out: the last %d byte", cut-last); !strings.Contains(string(next.errors), want) {
		t.Errorf("it does not say %q: %s", want, next.errors)
	}
	p.finish()
}

// write puts another text in the place of the journal.
func (p *play) write(text []byte) {
	if err := os.WriteFile(p.judge.path, text, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// frames returns where the frames of a journal begin, as docs/format.md says: length, type,
// payload, link.
func frames(text []byte) (starts []int) {
	for at := 8; at+21 <= len(text); at += 21 + int(binary.LittleEndian.Uint32(text[at:])) {
		starts = append(starts, at)
	}
	return starts
}

// TestFlippedBit: damage inside is found before anything is done, and named.
func TestFlippedBit(t *testing.T) {
	p := calmly(t)
	before := p.orders()
	for _, share := range []int{3, 2} {
		spoilt := append([]byte{}, p.judge.text...)
		starts := frames(spoilt)
		at := starts[len(starts)/share] + 7
		spoilt[at] ^= 0x10
		p.write(spoilt)
		l := &life{number: len(p.lives), fails: fmt.Sprintf("frame at byte %d", starts[len(starts)/share])}
		if p.live(l); l.code != 3 {
			t.Errorf("%s: %s", l, l.tail())
		}
	}
	if n := p.orders(); n != before {
		t.Errorf("%d orders were sent", n-before)
	}
	p.write(p.judge.text)
	p.finish()
}

// TestJournalOfYesterday: a copy that is older than what was sent is refused, with an order
// that it does not know.
func TestJournalOfYesterday(t *testing.T) {
	p := calmly(t)
	var open *intent
	for try := 0; open == nil && try < 10; try++ {
		for _, o := range p.venue.state().Orders {
			if in := p.judge.intents[o.Client]; in != nil && o.Status == "NEW" {
				open = in
			}
		}
		if open == nil {
			p.life(&life{lines: 20})
		}
	}
	if open == nil {
		t.Fatal("no order works")
	}
	starts := frames(p.judge.text)
	p.write(p.judge.text[:starts[open.frame]]) // the header is number 0
	before := p.orders()
	l := &life{number: len(p.lives), fails: "it is older than the account"}
	if p.live(l); l.code != 5 {
		t.Errorf("%s: %s", l, l.tail())
	}
	if n := p.orders(); n != before {
		t.Errorf("%d orders were sent", n-before)
	}
	p.write(p.judge.text)
	p.finish()
}

// TestTwoDaemons: one session has one process.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	p := newPlay(t, kind{name: "clock", calm: true, speed: 60}, 6)
	ran := make(chan *life)
	go func() {
		l := &life{lines: 12}
		p.live(l)
		ran <- l
	}()
	for len(p.files()) == 0 {
		time.Sleep(time.Millisecond)
	}
	second := exec.Command(program(t), p.arguments()...)
	second.Env = append(os.Environ(), "CRASH_KEY="+p.venue.Key, "CRASH_SECRET="+p.venue.Secret)
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another signalman runs this session") {
		t.Errorf("the second ends with %v: %s", err, out)
	}
	l := <-ran
	p.judge.death(l)
	if len(p.judge.list) == 0 {
		t.Errorf("%s: nothing was decided: %s", l, l.tail())
	}
}

// files are the journals.
func (p *play) files() []string {
	list, _ := filepath.Glob(filepath.Join(p.sessions(), "*"+store.JournalExt))
	return list
}

// TestNobodyThere: a venue that does not answer ends a session that goes on, and one that
// begins, with exit code 4 and what to do; nothing is left of the latter.
func TestNobodyThere(t *testing.T) {
	p := calmly(t)
	p.venue.stop()
	for _, data := range []string{p.data(), filepath.Join(p.dir, "other")} {
		for _, step := range []string{"", p.venue.Admin} {
			args := []string{"--data", data, "run", "--config", p.config(), "--live"}
			if step != "" {
				args = append(args, "--step", step)
			}
			cmd := exec.Command(program(t), args...)
			cmd.Env = append(os.Environ(), "CRASH_KEY="+p.venue.Key, "CRASH_SECRET="+p.venue.Secret)
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 4 || !strings.Contains(string(out), "connection refused") {
				t.Errorf("%q ends with %d: %s", args, code, out)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "other", "sessions", "*")); len(left) > 0 {
		t.Errorf("a session that never began leaves %s", left)
	}
}

// TestClockOfTheVenue: one that goes wrong by an hour, and back, moves no time of the session
// back, and no order is lost by it.
func TestClockOfTheVenue(t *testing.T) {
	if wanted(t) < long {
		t.Skipf("it takes a minute: -kills %d or more", long)
	}
	t.Parallel()
	p := newPlay(t, kind{name: "clock", calm: true, speed: 30}, 7)
	for _, fault := range []string{"clock=-1h+2m~2m", "clock=-1h+6m~1m"} {
		p.venue.fail(fault)
	}
	for range 4 {
		p.life(&life{after: 4 * time.Second})
	}
	p.finish()
}
