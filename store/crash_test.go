package store

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

var kills = flag.Int("kills", 20, "how many times the crash test kills its child")

// crashEnv names the directory in which this test binary, as a child, writes until
// it is killed.
const crashEnv = "SIGNALMAN_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever puts bars and commits instants, and prints what was acknowledged.
func writeForever(dir string) error {
	db, err := Open(filepath.Join(dir, "history.db"), Options{})
	if err != nil {
		return err
	}
	j, r, err := ResumeJournal(filepath.Join(dir, "a.journal"))
	if err != nil {
		return err
	}
	st, err := db.Stats(btc)
	if err != nil && !errors.Is(err, ErrNoSeries) {
		return err
	}
	for rows, instants := st.Rows, r.Len(); ; {
		n := 1 + rand.IntN(3000)
		if _, err := db.PutBars(btc, minutes(rows, rows+n, 0)); err != nil {
			return err
		}
		rows += n
		fmt.Println("rows", rows)
		for range 20 {
			t := market.Time(instants + 1)
			if err := errors.Join(j.Append(barRecord(instants, 0)), j.Append(halt(t)), j.Commit()); err != nil {
				return err
			}
			instants++
			fmt.Println("instants", instants)
		}
	}
}

// TestCrash kills a child that writes, again and again: what it acknowledged is
// there, and everything that is there is whole.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills child processes; run without -short")
	}
	dir := t.TempDir()
	if err := mustCreate(t, filepath.Join(dir, "a.journal")).Close(); err != nil {
		t.Fatal(err)
	}
	for range *kills {
		rows, instants := killOnce(t, dir)
		checkStored(t, dir, rows)
		checkInstants(t, dir, instants)
	}
}

// killOnce lets a child write until it has acknowledged a random number of things,
// and kills it in whatever it does next.
func killOnce(t *testing.T, dir string) (rows, instants int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for left := 1 + rand.IntN(60); lines.Scan(); left-- {
		var what string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &what, &n); err != nil {
			break // cut short by the kill
		}
		if what == "rows" {
			rows = n
		} else {
			instants = n
		}
		if left == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || rows+instants == 0 {
		t.Fatalf("child ended with %v after %d rows, %d instants", err, rows, instants)
	}
	return rows, instants
}

func checkStored(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	db, err := Open(filepath.Join(dir, "history.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := mustBars(t, db, btc, 0, 0)
	if c.Len() < acknowledged {
		t.Fatalf("%d rows of %d acknowledged", c.Len(), acknowledged)
	}
	for i := range c.OpenTime {
		if c.Bar(i) != minute(i, 0) {
			t.Fatalf("row %d is %+v", i, c.Bar(i))
		}
	}
}

func checkInstants(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	_, all := readAll(t, filepath.Join(dir, "a.journal"))
	if len(all) < acknowledged {
		t.Fatalf("%d instants of %d acknowledged", len(all), acknowledged)
	}
	for i, records := range all {
		if len(records) != 2 || records[0].Event.Bar() != minute(i, 0) || records[1].Time != market.Time(i+1) {
			t.Fatalf("instant %d is %+v", i, records)
		}
	}
}
