package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the module's directory, seen from this one.
var root = filepath.Join("..", "..")

// arrows says which package may import which packages of this module. It is a
// statement of policy (docs/architecture.md): where a build needs an arrow that is
// not here, the code is usually in the wrong package.
//
// "a < b c" lets a import b and c; the first line that fits a package counts. A *
// is one element of a path, /... what is below. "parent" and "siblings" are seen
// from the importing package, and "but" takes away.
const arrows = `
market           <
internal/failpoint <   # where tests may kill the process: nothing in other builds
internal/filelock <
internal/keyring < market   # keys in files that others cannot read, sealed with age or not
internal/column  < market   # its blocks hold market.Columns
internal/arch    <
internal/builder < market   # makes programs with plug-ins of other modules
internal/desk    < market
internal/memnet  <   # a network within the process, for tests
internal/watchdog <   # runs code that may never return
internal/origin  <   # where in the source a panic or an allocation happens
internal/slab    <
internal/signalstudy < market internal/desk   # what a stored signal is worth: pure computation
internal/frame   < market   # what the formats of data frames have in common
internal/feather < market internal/frame   # bars as Arrow files, which pandas and freqtrade read
internal/parquet < market internal/frame   # bars as Parquet files
internal/filelock <
internal/crash   < store exchange/venue market internal/failpoint   # kills processes
internal/crash/daemon < app strategy market
internal/barfile < market internal/frame internal/feather internal/filelock internal/parquet   # files of bars and signals, as data import and the sample read and write them
internal/parity < market   # a session beside its backtest: pure computation
internal/datacheck < market   # what is wrong with a series of bars
internal/published < market internal/filelock   # the layout of the archive of files that Binance publishes
internal/fetch   < market store exchange exchange/binance internal/barfile internal/published   # brings history into the store
internal/sample  < market store indicator   # the bundled history, for app and for tests
indicator        < market
signals          < market
exchange         < market
store            < market internal/column internal/failpoint internal/filelock
strategy         < market indicator internal/desk
risk             < market internal/desk
engine           < market strategy risk internal/desk internal/slab

*/all            < parent siblings
exchange/exchangetest/tiny < exchange market   # an adapter to read
*/*test          < all but live/... app cmd/...   # conformance suites; an exact name such as backtest has no slash
internal/testkit < all but live/... app cmd/...

strategy/*       < strategy indicator market
risk/expression  < risk market   # the texts of the rule expr
risk/limit       < risk indicator market risk/expression
risk/exit risk/halt risk/size < risk indicator market
risk/portfolio   < risk risk/limit market   # cuts orders as limits do
internal/jsonrow < market   # rows of signals out of JSON documents
signals/http signals/webhook < signals market internal/jsonrow
signals/file     < signals market internal/barfile   # one reader of files of signals
signals/quota signals/intake < signals market
signals/blend    < signals market internal/desk   # the as-of table of signals
signals/*        < signals market
exchange/sim     < exchange market internal/slab
exchange/venue   < exchange exchange/sim market
exchange/binance < exchange market internal/failpoint exchange/venue internal/memnet   # the last two in its tests alone: see below
exchange/paper   < exchange exchange/sim market
exchange/*       < exchange market

backtest         < engine strategy risk exchange/sim market internal/desk   # the as-of table of signals
backtest/sweep   < backtest engine strategy market
live             < engine strategy risk signals exchange exchange/sim market internal/failpoint
live/feeds       < signals signals/quota signals/intake market   # pulls and receives signals on their schedules
live/control     < live market internal/filelock
live/observe     < live engine market   # metrics, health and news of a session
live/systemd     <   # tells the service manager
live/notify      < market   # tells people
internal/config  < strategy risk signals exchange market internal/keyring

app              < all but cmd/...
cmd/mksample     < app store internal/barfile market   # builds the bundled sample
cmd/*            < app
`

// deterministic lists the packages that must give the same result for the same
// input on every machine.
const deterministic = `
market/... indicator/... strategy/... risk/... engine/... exchange/sim/... backtest internal/desk/... internal/slab/...
`

// modules lists what deterministic packages may import from outside the module and
// the standard library: decimals, the parser of cron expressions, and the language of
// rules, of which package expression lets in only what is deterministic.
const modules = `
github.com/expr-lang/expr
github.com/expr-lang/expr/ast
github.com/expr-lang/expr/conf
github.com/expr-lang/expr/file
github.com/expr-lang/expr/parser
github.com/expr-lang/expr/vm
github.com/shopspring/decimal
github.com/robfig/cron/v3
`

// bans lists what deterministic packages may not use: a package, or * for all of it,
// with "only" for what they may. An exception names files.
const bans = `
time          Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker: time is the Time of the event
time          Local LoadLocation Time.Local: the zone of the machine is not an input
time          Unix UnixMilli UnixMicro: gives the zone of the machine; add .UTC() at once
context       WithTimeout WithTimeoutCause WithDeadline WithDeadlineCause AfterFunc: the wall clock is not an input
sync          WaitGroup Cond Map: deterministic packages have one thread
reflect       Value.MapKeys Value.MapRange Value.Seq Value.Seq2 Select: their order is random
fmt           Print Printf Println Scan Scanf Scanln: no package writes to the terminal on its own

math          only Abs Ceil Copysign Dim Float32bits Float32frombits Float64bits Float64frombits Floor Frexp Inf IsInf IsNaN Ldexp Max Min Mod Modf NaN Nextafter Round RoundToEven Signbit Sqrt Trunc: its digits depend on the processor
math/cmplx    *: its digits depend on the processor
math/rand     *: use math/rand/v2 with a seed
math/rand/v2  only New NewPCG NewChaCha8 Rand PCG ChaCha8 Source: only generators with a seed are reproducible
math/rand/v2  Rand.NormFloat64 Rand.ExpFloat64: they call math.Exp and math.Log, whose digits depend on the processor
crypto/rand   *: not reproducible
hash/maphash  *: its seed is random

os/...        * except */*test/*: no input or output; take an io.Reader or an fs.FS
net/...       *: no network
syscall       *: no input or output
path/filepath * except */*test/*: its results depend on the system; use path
log           *: use the slog.Logger that is handed in
io/ioutil     *: no input or output
runtime/...   * except */*test/*: the machine is not an input
testing/...   * except */*test/*: for tests only
flag          * except */*test/*: settings are handed in
plugin        *: plug-ins are explicit slices
unsafe        *: cannot be checked
weak          *: depends on the garbage collector
C             *: cannot be checked

github.com/expr-lang/expr/... * except risk/expression/*: package expression keeps the clock and the like out of texts

github.com/shopspring/decimal Decimal.Div Decimal.DivRound Decimal.QuoRem Decimal.Mod Avg except market/quantise.go: division happens in market.Divide only
github.com/shopspring/decimal Decimal.Pow Decimal.PowBigInt Decimal.PowInt32 Decimal.PowWithPrecision Decimal.Root Decimal.RootRound Decimal.Sqrt Decimal.SqrtRound Decimal.ExpTaylor Decimal.ExpHullAbrham Decimal.Ln Decimal.Sin Decimal.Cos Decimal.Tan Decimal.Atan NewFromBigRat: it divides
github.com/shopspring/decimal NewFromFloat NewFromFloat32 NewFromFloatWithExponent NewFromBigFloat Decimal.Float64 Decimal.InexactFloat64 Decimal.BigFloat except market/quantise.go: market/quantise.go is the only crossing of floats and decimals
github.com/shopspring/decimal DivisionPrecision PowPrecisionNegativeExponent ExpMaxIterations MarshalJSONWithoutQuotes TrimTrailingZeros UseScientificNotation MaxDecodeExponent: a global setting
`

// public lists values that look like keys and are printed in public documentation:
// the example key and secret of Binance's page on signed requests.
const public = `
vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgzCymPBpnzAhHGt6hMPAIjGzVj
vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A
NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j
`

func TestImportsFollowTheArrows(t *testing.T) {
	rules, err := parseArrows(arrows)
	if err != nil {
		t.Fatal(err)
	}
	report(t, module(t).checkArrows(rules))
}

// TestAdapterDoesNotKnowTheVenue keeps the adapter of Binance and the local venue from
// sharing a mistake: they judge each other, in tests.
func TestAdapterDoesNotKnowTheVenue(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "exchange", "binance", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files of the adapter", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") && strings.Contains(string(text), "signalman/exchange/venue") {
			t.Errorf("%s imports exchange/venue", file)
		}
	}
}

func TestDeterministicPackagesAreDeterministic(t *testing.T) {
	tree := module(t)
	dirs := deterministicDirs(t, tree)
	paths := make([]string, len(dirs))
	for i, dir := range dirs {
		paths[i] = tree.importPath(dir)
	}
	listing, err := list(root, paths...)
	if err != nil {
		t.Fatalf("the deterministic packages cannot be type-checked: %v", err)
	}
	var units []*unit
	imports := listing.importer(tree.fset)
	for _, dir := range dirs {
		unit, found := tree.check(dir, imports)
		report(t, found)
		report(t, tree.checkBuilt(dir, listing))
		units = append(units, unit)
	}
	report(t, tree.lint(units, determinism(t)))
}

// deterministicDirs returns the directories of the deterministic packages. A pattern
// that fits none is an error: a package that moves must not escape.
func deterministicDirs(t *testing.T, tree *tree) []string {
	t.Helper()
	var dirs []string
	code := map[string]bool{}
	for _, s := range tree.sources {
		code[s.dir] = code[s.dir] || !s.test()
	}
	for _, pattern := range strings.Fields(deterministic) {
		before := len(dirs)
		for _, dir := range tree.dirs() {
			if match(pattern, dir) && code[dir] {
				dirs = append(dirs, dir)
			}
		}
		if len(dirs) == before {
			t.Errorf("no package fits %q in the list of deterministic packages", pattern)
		}
	}
	return dirs
}

func TestEverythingExportedIsDocumented(t *testing.T) {
	report(t, module(t).checkDocuments())
}

func TestFilesAndFunctionsAreSmall(t *testing.T) {
	report(t, module(t).checkSizes())
}

func TestNothingIsPutOff(t *testing.T) {
	report(t, module(t).checkNotes())
}

func TestGoModHasNoReplacements(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, replacements(mod))
}

func TestTextLeaksNothing(t *testing.T) {
	fsys := os.DirFS(root)
	names, err := written(root, fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		report(t, checkText(name, string(text), strings.Fields(public)))
	}
}

// module parses this module.
func module(t *testing.T) *tree {
	t.Helper()
	tree, err := parseTree(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// determinism returns the policy of deterministic packages.
func determinism(t *testing.T) policy {
	t.Helper()
	b, err := parseBans(bans)
	if err != nil {
		t.Fatal(err)
	}
	return policy{bans: b, modules: strings.Fields(modules)}
}

func report(t *testing.T, found []finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}
