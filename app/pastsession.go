package app

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// pastSession is a session as its journal has it: one that is over, that was cut short, or
// that still runs.
type pastSession struct {
	path    string
	journal *store.JournalReader
}

// id returns the session's id as files and messages write it.
func (s *pastSession) id() string {
	id := s.journal.Header().ID
	return hex.EncodeToString(id[:])
}

// state says how the journal ends.
func (s *pastSession) state() string {
	if s.journal.Finished() {
		return "finished"
	}
	return "unfinished: it still runs, or may go on"
}

// pastSession opens the session that a word names: "last", the path of a journal, its name
// in the data directory, or the first digits of the session's id.
func (c *command) pastSession(word string) (*pastSession, error) {
	path, err := c.journalPath(word)
	if err != nil {
		return nil, err
	}
	r, err := store.OpenJournal(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &market.Error{Class: market.Usage, Where: path, Err: errors.New("there is no such journal")}
	}
	if err != nil {
		return nil, err
	}
	if r.Lost() > 0 {
		c.note("left out: the last %s of %s, no whole record: being written, or cut short by a crash", plural(int(r.Lost()), "byte"), path)
	}
	return &pastSession{path, r}, nil
}

func (c *command) journalPath(word string) (string, error) {
	if word == "last" {
		return c.newestJournal("name another session in place of 'last'")
	}
	if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
		return word, nil
	}
	dir, err := c.place()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "sessions")
	list, err := store.Sessions(dir)
	if err != nil {
		return "", err
	}
	var found []string
	for _, s := range list {
		name := filepath.Base(s.Path)
		if word == name || word == strings.TrimSuffix(name, store.JournalExt) {
			return s.Path, nil
		}
		if s.Err == nil && word != "" && strings.HasPrefix(hex.EncodeToString(s.Header.ID[:]), strings.ToLower(word)) {
			found = append(found, s.Path)
		}
	}
	switch len(found) {
	case 0:
		return "", &market.Error{
			Class: market.Usage, Where: dir, Err: fmt.Errorf("there is no session %q", printable(word)),
			Hint: "name a journal by its path, its name or the first digits of its id; 'last' is the newest",
		}
	case 1:
		return found[0], nil
	}
	return "", usageError("write more digits of the id", "%d sessions begin with %q", len(found), printable(word))
}

// sessionFlags are the flags of commands that run a session again.
type sessionFlags struct{ sets []string }

func (f *sessionFlags) add(c *command, cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.config, "config", "strategies.toml", "configuration of a session whose journal does not hold it")
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "key of the configuration that the session had overridden, with --config")
}

// accountOfSession makes the account of a session, anew at each call.
func (c *command) accountOfSession(cmd *cobra.Command, s *pastSession, f *sessionFlags) (*account, error) {
	var a *account
	var err error
	if cmd.Flags().Changed("config") {
		a, err = c.accountOfFile(cmd, s, f)
	} else {
		a, err = c.accountOf(s.journal, s.path)
	}
	if err != nil {
		return nil, err
	}
	if a.hash != s.journal.Header().ConfigHash {
		c.note("note: this build reads the configuration of the session otherwise: its hash is %s, and was %s", a.hash, s.journal.Header().ConfigHash)
	}
	return a, nil
}

// accountOfFile makes the account of a paper session from a configuration that is named: for
// journals without a setup.
func (c *command) accountOfFile(cmd *cobra.Command, s *pastSession, f *sessionFlags) (*account, error) {
	h := s.journal.Header()
	cfg, err := config.Load(c.config, c.configPlugins(), f.sets...)
	switch {
	case err != nil:
		return nil, err
	case cfg.Hash() != h.ConfigHash:
		return nil, usageError("name the file as it was, and the --set that the session had", "%s is not the configuration of the session: its hash is %s, the session's %s", c.config, cfg.Hash(), h.ConfigHash)
	case h.Mode != "paper":
		return nil, usageError("leave --config out", "the journal of a session at a venue holds its own configuration")
	}
	a, err := c.validAccount(cmd.Context(), f.sets)
	if err != nil {
		return nil, err
	}
	if have := namesOf(a.history.Instruments); !slices.Equal(have, h.Symbols) {
		return nil, usageError("bring back the history of the session", "the history is of %v, the session of %v", have, h.Symbols)
	}
	return a, nil
}

// title says in one line which session it is.
func (s *pastSession) title(a *account) string {
	h := s.journal.Header()
	return fmt.Sprintf("%s session %s of account %s, begun %s by %s", h.Mode, s.id()[:8], a.config.Name, h.Created, cmp.Or(h.Binary, "an unknown build"))
}
