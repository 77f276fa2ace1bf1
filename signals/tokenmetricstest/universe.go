package tokenmetricstest

import (
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Token is one of the tokens that a server knows.
type Token struct {
	ID           int
	Name, Symbol string
	Slug         string          // made of the name where it is empty
	Price        float64         // in USD, about which it moves where it has no bars
	Supply       float64         // in units of the token; made of the rank where it is 0
	Category     string          // "layer-1" where it is empty
	Bars         *market.Columns // its history, of any interval up to a day; nil: made up
}

// slug returns the name in an address.
func (t *Token) slug() string {
	if t.Slug != "" {
		return t.Slug
	}
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-':
			return '-'
		}
		return -1
	}, t.Name), "-")
}

// WithBars returns tokens of which the first with each symbol has the bars given for it.
// Symbols that no token has are passed over.
func WithBars(tokens []Token, bars map[string]*market.Columns) []Token {
	list, given := append([]Token(nil), tokens...), map[string]bool{}
	for i := range list {
		t := &list[i]
		if c := bars[t.Symbol]; c != nil && !given[t.Symbol] {
			t.Bars, given[t.Symbol] = c, true
		}
	}
	return list
}

// Choose returns the tokens with one of the symbols, each with all its ids; all where
// none is named.
func Choose(tokens []Token, symbols []string) []Token {
	var list []Token
	for _, t := range tokens {
		for _, s := range symbols {
			if strings.EqualFold(s, t.Symbol) {
				list = append(list, t)
				break
			}
		}
	}
	if len(symbols) == 0 {
		return append(list, tokens...)
	}
	return list
}

// Universe returns the tokens of a server to which no others are given, largest first. The
// ids of the well-known ones are the provider's. As there, several tokens share a symbol,
// and some have names beyond ASCII; ids from 90001 on are made up.
func Universe() []Token {
	const l1, defi, meme, stable = "layer-1", "defi", "meme", "stablecoin"
	return []Token{
		{ID: 3375, Name: "Bitcoin", Symbol: "BTC", Price: 60000, Supply: 19.8e6, Category: l1},
		{ID: 3306, Name: "Ethereum", Symbol: "ETH", Price: 2800, Supply: 120.5e6, Category: l1},
		{ID: 3379, Name: "Tether", Symbol: "USDT", Price: 1, Supply: 140e9, Category: stable},
		{ID: 3369, Name: "XRP", Symbol: "XRP", Price: 0.9, Supply: 57e9, Category: l1},
		{ID: 3312, Name: "BNB", Symbol: "BNB", Price: 500, Supply: 142e6, Category: l1},
		{ID: 3988, Name: "Solana", Symbol: "SOL", Price: 130, Supply: 510e6, Category: l1},
		{ID: 3393, Name: "Dogecoin", Symbol: "DOGE", Price: 0.14, Supply: 148e9, Category: meme},
		{ID: 3315, Name: "Cardano", Symbol: "ADA", Price: 0.6, Supply: 35e9, Category: l1},
		{ID: 3119, Name: "TRON", Symbol: "TRX", Price: 0.15, Supply: 86e9, Category: l1},
		{ID: 3796, Name: "Chainlink", Symbol: "LINK", Price: 14, Supply: 638e6, Category: defi},
		{ID: 2037, Name: "Toncoin", Symbol: "TON", Slug: "the-open-network", Price: 4, Supply: 2.5e9, Category: l1},
		{ID: 4015, Name: "Avalanche", Symbol: "AVAX", Price: 30, Supply: 415e6, Category: l1},
		{ID: 3380, Name: "Stellar", Symbol: "XLM", Price: 0.2, Supply: 30.8e9, Category: l1},
		{ID: 25383, Name: "Sui", Symbol: "SUI", Price: 2, Supply: 3.2e9, Category: l1},
		{ID: 3903, Name: "Hedera", Symbol: "HBAR", Price: 0.12, Supply: 42e9, Category: l1},
		{ID: 3376, Name: "Bitcoin Cash", Symbol: "BCH", Price: 380, Supply: 19.8e6, Category: l1},
		{ID: 14934, Name: "Shiba Inu", Symbol: "SHIB", Price: 1.6e-5, Supply: 589e12, Category: meme},
		{ID: 3377, Name: "Litecoin", Symbol: "LTC", Price: 85, Supply: 75e6, Category: l1},
		{ID: 3924, Name: "Polkadot", Symbol: "DOT", Price: 6, Supply: 1.5e9, Category: l1},
		{ID: 28902, Name: "Pepe", Symbol: "PEPE", Price: 8e-6, Supply: 420e12, Category: meme},
		{ID: 4425, Name: "Uniswap", Symbol: "UNI", Price: 7, Supply: 600e6, Category: defi},
		{ID: 4053, Name: "Aave", Symbol: "AAVE", Price: 150, Supply: 15e6, Category: defi},
		{ID: 4348, Name: "NEAR Protocol", Symbol: "NEAR", Price: 4, Supply: 1.2e9, Category: l1},
		{ID: 25467, Name: "Aptos", Symbol: "APT", Price: 7, Supply: 600e6, Category: l1},
		{ID: 27502, Name: "Bittensor", Symbol: "TAO", Price: 300, Supply: 8e6, Category: l1},
		{ID: 3388, Name: "Ethereum Classic", Symbol: "ETC", Price: 20, Supply: 150e6, Category: l1},
		{ID: 31463, Name: "POL", Symbol: "POL", Price: 0.4, Supply: 10e9, Category: l1},
		{ID: 4139, Name: "Render", Symbol: "RENDER", Price: 5, Supply: 517e6, Category: defi},
		{ID: 4017, Name: "Filecoin", Symbol: "FIL", Price: 4, Supply: 640e6, Category: l1},
		{ID: 28575, Name: "Arbitrum", Symbol: "ARB", Price: 0.6, Supply: 4.6e9, Category: l1},
		{ID: 3720, Name: "Cosmos", Symbol: "ATOM", Price: 6, Supply: 390e6, Category: l1},
		{ID: 4041, Name: "Fetch.ai", Symbol: "FET", Price: 0.9, Supply: 2.6e9, Category: defi},
		{ID: 90010, Name: "Synthetix Network", Symbol: "SNX", Price: 1.5, Supply: 340e6, Category: defi},
		{ID: 24256, Name: "Optimism", Symbol: "OP", Price: 1.4, Supply: 1.6e9, Category: l1},
		{ID: 4360, Name: "Injective", Symbol: "INJ", Price: 15, Supply: 97e6, Category: defi},
		{ID: 27649, Name: "Bonk", Symbol: "BONK", Price: 2e-5, Supply: 77e12, Category: meme},
		{ID: 32561, Name: "dogwifhat", Symbol: "WIF", Price: 1, Supply: 999e6, Category: meme},
		{ID: 3338, Name: "EOS", Symbol: "EOS", Price: 0.6, Supply: 1.5e9, Category: l1},
		{ID: 38892, Name: "Department Of Government Efficiency", Symbol: "DOGE", Price: 0.002, Supply: 1e9, Category: meme},
		{ID: 3813, Name: "Tokamak Network", Symbol: "TON", Price: 1.2, Supply: 45e6, Category: defi},
		{ID: 90001, Name: "Pepe (Ordinals)", Symbol: "PEPE", Price: 0.001, Supply: 42e6, Category: meme},
		{ID: 90002, Name: "Pepe on Base", Symbol: "PEPE", Price: 2e-8, Supply: 420e12, Category: meme},
		{ID: 90003, Name: "ANDY ETH", Symbol: "ANDY", Price: 5e-5, Supply: 1e12, Category: meme},
		{ID: 90004, Name: "Andy on Base", Symbol: "ANDY", Price: 1e-3, Supply: 10e9, Category: meme},
		{ID: 90005, Name: "Neiro", Symbol: "NEIRO", Price: 4e-4, Supply: 420e9, Category: meme},
		{ID: 90006, Name: "Neiro on ETH", Symbol: "NEIRO", Price: 0.03, Supply: 1e9, Category: meme},
		{ID: 29367, Name: "HarryPotterObamaSonic10Inu", Symbol: "BITCOIN", Price: 0.08, Supply: 1e9, Category: meme},
		{ID: 17528, Name: "Gitcoin", Symbol: "GTC", Price: 0.6, Supply: 96e6, Category: defi},
		{ID: 3455, Name: "aelf", Symbol: "ELF", Price: 0.4, Supply: 730e6, Category: l1},
		{ID: 14223, Name: "PancakeSwap", Symbol: "CAKE", Price: 2.4, Supply: 290e6, Category: defi},
		{ID: 10554, Name: "Alchemy Pay", Symbol: "ACH", Price: 0.02, Supply: 9e9, Category: defi},
		{ID: 936, Name: "Decubate", Symbol: "DCB", Price: 0.02, Supply: 500e6, Category: defi},
		{ID: 90007, Name: "Exverse", Symbol: "EXVG", Price: 0.01, Supply: 165e6, Category: defi},
		{ID: 90008, Name: "Cross • The ƒuture’s Token", Symbol: "✖", Price: 0.1, Supply: 100e6, Category: meme},
		{ID: 90009, Name: "███████", Symbol: "███", Price: 1e-4, Supply: 1e9, Category: meme},
		{ID: 38620, Name: "Synatra Staked USDC", Symbol: "YUSD", Price: 1, Supply: 5e6, Category: stable},
	}
}
