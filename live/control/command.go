package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// Order is what a command is about.
type Order struct {
	Scope  string `json:"scope,omitempty" maxLength:"64" doc:"a strategy; none is the whole account" example:"btc_trend"`
	Rule   string `json:"rule,omitempty" maxLength:"64" doc:"of resume: only halts of this name" example:"pause"`
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"why, for the journal: one line" example:"the venue looks odd"`
}

// commanded is a request with a command.
type commanded struct{ Body *Order }

// Done is what came of a command that is in the journal.
type Done struct {
	Command string           `json:"command" example:"pause"`
	Time    market.Time      `json:"time,omitzero" format:"date-time" doc:"of the session, after it"`
	Text    string           `json:"text" doc:"what was done, in words" example:"new risk of btc_trend is paused"`
	Halts   []live.HaltState `json:"halts" nullable:"false" doc:"that stand now, oldest first"`
}

// Resumed is what came of a resume.
type Resumed struct {
	Done
	Lifted []Lifted `json:"lifted" nullable:"false" doc:"halts that are over"`
}

// Lifted is a halt that a resume ended.
type Lifted struct {
	live.HaltState
	Again string `json:"again,omitempty" doc:"whether it will be set again, and when; none where only an operator can"`
}

// Stopping is the answer of a session that is about to end.
type Stopping struct {
	Text string `json:"text" example:"the session ends in good order"`
}

// Reloaded is what a new configuration changed.
type Reloaded struct {
	Text string `json:"text" example:"2 keys changed"`
	Diff string `json:"diff" doc:"lines that went (-) and came (+); none where nothing changed"`
}

func (s *Server) commands(a huma.API) {
	post(a, "/v1/kill", "kill", "Stop all new risk", "Working orders that would add risk are cancelled; positions stay, and may be closed. It holds through restarts, until resume. A scope is refused: pause is for one strategy.", s.kill)
	post(a, "/v1/pause", "pause", "Stop new risk of a strategy, or of all", "It holds through restarts, until resume.", s.pause)
	post(a, "/v1/close-all", "close-all", "Close positions by the market", "Those of a strategy, or all; new risk stops until resume.", s.closeAll)
	post(a, "/v1/resume", "resume", "Lift halts", "Those of a scope and a rule, where they are named. Says what caused them, and which of them will be set again. Removes the kill file where the kill is lifted.", s.resume)
	post(a, "/v1/reload", "reload", "Read the configuration again", "Says what changed. What would orphan a position is refused.", s.reload)
	post(a, "/v1/stop", "stop", "End the session in good order", "As SIGTERM does.", s.stop)
}

func (s *Server) kill(ctx context.Context, o Order) (Done, error) {
	if o.Scope != "" {
		return Done{}, problem(http.StatusUnprocessableEntity, "use pause for one strategy", "kill stops the whole account, and takes no scope")
	}
	return s.tell(ctx, market.Kill, market.Word{Text: KillText(s.via, o.Reason)}, "new risk is stopped until resume; orders that would add to it are cancelled")
}

func (s *Server) pause(ctx context.Context, o Order) (Done, error) {
	return s.tell(ctx, market.Pause, market.Word{Scope: o.Scope, Text: because("new risk paused until resume, by "+s.via, o.Reason)}, "new risk of "+whose(o.Scope)+" is paused until resume")
}

func (s *Server) closeAll(ctx context.Context, o Order) (Done, error) {
	text := because("positions closed and new risk stopped until resume, by "+s.via, o.Reason)
	return s.tell(ctx, market.CloseAll, market.Word{Scope: o.Scope, Text: text}, "positions of "+whose(o.Scope)+" are being closed; new risk is stopped until resume")
}

func whose(scope string) string {
	if scope == "" {
		return "the account"
	}
	return scope
}

// tell gives the session a word, and says what stands then.
func (s *Server) tell(ctx context.Context, say market.Command, w market.Word, text string) (Done, error) {
	ctx, stop := context.WithTimeout(ctx, tellTimeout*time.Second)
	defer stop()
	if _, err := s.known(ctx, w.Scope); err != nil {
		return Done{}, err
	}
	queue := s.others
	if say == market.Kill {
		queue = s.kills // behind nobody
	}
	leave, err := queue.enter(ctx)
	if err != nil {
		return Done{}, err
	}
	err = s.Desk.Tell(ctx, say, w)
	leave()
	if err != nil {
		return Done{}, err
	}
	s.log().Info("told the session", "command", say.String(), "scope", whose(w.Scope), "text", w.Text)
	return s.done(ctx, say.String(), text), nil
}

// done describes a command that was obeyed. That the session cannot be looked at any more
// does not undo it.
func (s *Server) done(ctx context.Context, command, text string) Done {
	d := Done{Command: command, Text: text, Halts: []live.HaltState{}}
	if seen, err := s.working.get(ctx); err == nil {
		d.Time, d.Halts = seen.Account.Time, list(seen.Halts)
	}
	return d
}

// known refuses a scope that no strategy has, and returns how the session stands. Without a
// scope nothing has to be known.
func (s *Server) known(ctx context.Context, scope string) (*live.Snapshot, error) {
	if scope == "" {
		return nil, nil
	}
	seen, err := s.working.get(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range seen.Strategies {
		names = append(names, seen.Strategies[i].Name)
	}
	if !slices.Contains(names, scope) {
		return nil, problem(http.StatusUnprocessableEntity, "name one of "+strings.Join(names, ", ")+", or leave scope out for the account", fmt.Sprintf("no strategy is named %q", oneLine(scope)))
	}
	return seen, nil
}

// resume lifts halts. It says what was lifted by looking before and after, with no other
// command but a kill in between.
func (s *Server) resume(ctx context.Context, o Order) (Resumed, error) {
	ctx, stop := context.WithTimeout(ctx, tellTimeout*time.Second)
	defer stop()
	leave, err := s.others.enter(ctx)
	if err != nil {
		return Resumed{}, err
	}
	defer leave()
	if _, err := s.known(ctx, o.Scope); err != nil {
		return Resumed{}, err
	}
	before, err := s.working.get(ctx)
	if err != nil {
		return Resumed{}, err
	}
	tell := func() error {
		return s.Desk.Tell(ctx, market.Resume, market.Word{Scope: o.Scope, Rule: o.Rule, Text: because("by "+s.via, o.Reason)})
	}
	if s.Kill != nil && o.Scope == "" && (o.Rule == "" || o.Rule == market.Kill.String()) {
		err = s.Kill.without(tell)
	} else {
		err = tell()
	}
	if err != nil {
		return Resumed{}, err
	}
	s.log().Info("told the session", "command", "resume", "scope", whose(o.Scope), "rule", o.Rule, "reason", oneLine(o.Reason))
	return s.resumed(ctx, o, before.Halts), nil
}

// resumed tells what a resume lifted of the halts that stood before it.
func (s *Server) resumed(ctx context.Context, o Order, before []live.HaltState) Resumed {
	r := Resumed{Done: s.done(ctx, market.Resume.String(), ""), Lifted: []Lifted{}}
	for _, h := range before {
		if o.Scope != "" && o.Scope != h.Scope || o.Rule != "" && o.Rule != h.Rule || slices.Contains(r.Halts, h) {
			continue
		}
		back := slices.ContainsFunc(r.Halts, func(now live.HaltState) bool {
			return now.Rule == h.Rule && now.Scope == h.Scope && now.Symbol == h.Symbol && now.Side == h.Side
		})
		r.Lifted = append(r.Lifted, Lifted{h, again(h.By, back)})
	}
	switch n, still := len(r.Lifted), len(r.Halts); {
	case n == 0 && still == 0:
		r.Text = "there was no halt to lift"
	case n == 0:
		r.Text = "nothing was lifted: " + standing(still, "")
	case still == 0:
		r.Text = "lifted " + halts(n) + "; new risk is allowed again"
	default:
		r.Text = "lifted " + halts(n) + "; " + standing(still, "still ")
	}
	return r
}

// again says whether a halt that was lifted comes back by itself.
func again(by string, back bool) string {
	switch {
	case back:
		return "it was set again at once: what caused it lasts"
	case by == "rule":
		return "the rule measures afresh, and sets it again if its limit is exceeded"
	case by == "session":
		return "the session sets it again at its next check if what caused it lasts"
	}
	return ""
}

func halts(n int) string {
	if n == 1 {
		return "1 halt"
	}
	return fmt.Sprintf("%d halts", n)
}

// standing says that halts stand.
func standing(n int, still string) string {
	if n == 1 {
		return halts(n) + " " + still + "stands"
	}
	return halts(n) + " " + still + "stand"
}

func (s *Server) reload(ctx context.Context, o Order) (Reloaded, error) {
	if s.Reload == nil {
		return Reloaded{}, problem(http.StatusConflict, "stop it, and run it again", "this session cannot read its configuration again")
	}
	if o.Scope != "" {
		return Reloaded{}, problem(http.StatusUnprocessableEntity, "leave scope out", "reload is about the whole configuration")
	}
	diff, err := s.Reload(ctx)
	if err != nil {
		return Reloaded{}, err
	}
	s.log().Info("the configuration was read again", "reason", oneLine(o.Reason))
	if diff == "" {
		return Reloaded{Text: "nothing changed"}, nil
	}
	return Reloaded{"the configuration changed", diff}, nil
}

func (s *Server) stop(_ context.Context, o Order) (Stopping, error) {
	if s.Stop == nil {
		return Stopping{}, problem(http.StatusConflict, "send SIGTERM to its process", "this session cannot be stopped from here")
	}
	s.log().Info("told to stop", "reason", oneLine(o.Reason))
	s.Stop()
	return Stopping{"the session ends in good order; 'signalman run' goes on with it"}, nil
}
