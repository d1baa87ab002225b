package shell

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index/set"
)

// cache keeps the match sets of the last keywords. A set is known for a range of
// versions, and only ever served to those: a View of a later version brings it up
// to date first, by testing the titles that have changed between, which is exact
// and far cheaper than a search. So the cache survives writes, and sealing and
// merging, which change no version, do not touch it at all.
//
// Readers never wait here: everything is replaced by compare-and-swap, and one
// that loses the race leaves the cache as it is.
type cache[S Segment] struct {
	max   int // bytes; negative: nothing is kept
	match func(key, text string) bool
	clock atomic.Uint64
	items atomic.Pointer[[]*cacheItem]
}

type cacheItem struct {
	keyword string
	used    atomic.Uint64
	known   atomic.Pointer[known]
}

// known is a match set and the versions that it holds for.
type known struct {
	keyword  string
	from, to uint64
	found    set.Found
	stats    SearchStats // of the search that found it
}

const (
	cacheItems   = 128 // searched one by one
	cacheKeyword = 256 // bytes; longer keywords are not kept
	knownBytes   = 160 // of an item, beside its set and keyword
)

func (k *known) bytes() int {
	return knownBytes + len(k.keyword) + 4*cap(k.found.List) + 8*cap(k.found.Limbs)
}

func (k *known) holds(version uint64) bool { return k.from <= version && version <= k.to }

func newCache[S Segment](max int, match func(key, text string) bool) *cache[S] {
	c := &cache[S]{max: max, match: match}
	c.items.Store(new([]*cacheItem))
	return c
}

func (c *cache[S]) find(keyword string) *cacheItem {
	for _, it := range *c.items.Load() {
		if it.keyword == keyword {
			return it
		}
	}
	return nil
}

// get returns the match set of a keyword in a View, if it is known or can be had
// from a known one.
func (c *cache[S]) get(v *View[S], keyword string) *known {
	for i := range v.recent {
		if k := v.recent[i].Load(); k != nil && k.keyword == keyword {
			return k
		}
	}
	it := c.find(keyword)
	if it == nil {
		return nil
	}
	old := it.known.Load()
	k := c.upToDate(old, v)
	if k == nil {
		return nil
	}
	it.used.Store(c.clock.Add(1))
	if k != old {
		it.known.CompareAndSwap(old, k)
		if k.bytes() > old.bytes() {
			c.trim()
		}
	}
	v.remember(k)
	return k
}

// put notes a match set that was found in a View.
func (c *cache[S]) put(v *View[S], keyword string, found set.Found, stats SearchStats) {
	if c.max < 0 {
		return
	}
	k := &known{strings.Clone(keyword), v.version, v.version, found, stats}
	v.remember(k)
	if len(keyword) > cacheKeyword || k.bytes() > c.max {
		return
	}
	if it := c.find(keyword); it != nil {
		// What is known of a later version serves more readers than this.
		if old := it.known.Load(); old.to < k.to {
			it.known.CompareAndSwap(old, k)
		}
		it.used.Store(c.clock.Add(1))
	} else {
		it := &cacheItem{keyword: k.keyword}
		it.used.Store(c.clock.Add(1))
		it.known.Store(k)
		old := c.items.Load()
		items := append(slices.Clip(*old), it)
		c.items.CompareAndSwap(old, &items)
	}
	c.trim()
}

// trim drops what was used least recently until the bounds hold.
func (c *cache[S]) trim() {
	old := c.items.Load()
	sum := 0
	for _, it := range *old {
		sum += it.known.Load().bytes()
	}
	if sum <= c.max && len(*old) <= cacheItems {
		return
	}
	items := slices.Clone(*old)
	slices.SortFunc(items, func(a, b *cacheItem) int { return cmp.Compare(b.used.Load(), a.used.Load()) })
	for len(items) > 0 && (sum > c.max || len(items) > cacheItems) {
		last := len(items) - 1
		sum -= items[last].known.Load().bytes()
		items[last] = nil
		items = items[:last]
	}
	c.items.CompareAndSwap(old, &items)
}

func (c *cache[S]) size() (items, bytes int) {
	for _, it := range *c.items.Load() {
		bytes += it.known.Load().bytes()
		items++
	}
	return items, bytes
}

// remember keeps k for further questions to this very View.
func (v *View[S]) remember(k *known) {
	if first := v.recent[0].Swap(k); first != nil && first.keyword != k.keyword {
		v.recent[1].Store(first)
	}
}

// upToDate returns what is known as it is for a View; nil if too much has changed.
func (c *cache[S]) upToDate(k *known, v *View[S]) *known {
	if k.holds(v.version) {
		return k
	}
	if v.version < k.from {
		return nil
	}
	changes, ok := v.history.after(k.to)
	if !ok {
		return nil
	}
	// Of several changes of one ordinal the last one counts.
	type flip struct {
		ord uint32
		in  bool
	}
	var flips []flip
	for _, change := range changes {
		// Most changes touch no match: those are passed over at once.
		if in := change.text != "" && c.match(k.keyword, change.text); in || k.found.Contains(change.ord) {
			flips = append(flips, flip{change.ord, in})
		} else if len(flips) > 0 {
			flips = append(flips, flip{change.ord, false})
		}
	}
	if len(flips) == 0 { // no match came or went, in none of the versions between either
		return &known{k.keyword, k.from, v.version, k.found, k.stats}
	}
	slices.SortStableFunc(flips, func(a, b flip) int { return cmp.Compare(a.ord, b.ord) })
	n := 0
	for i, f := range flips {
		if i+1 < len(flips) && flips[i+1].ord == f.ord {
			continue
		}
		if k.found.Contains(f.ord) != f.in {
			flips[n] = f
			n++
		}
	}
	flips = flips[:n]
	up := &known{k.keyword, v.version, v.version, set.Found{}, k.stats}
	if n == 0 { // what came has gone again, but a View of a version between has it
		up.found = k.found
		return up
	}
	if k.found.Limbs == nil {
		list := make([]uint32, 0, len(k.found.List)+len(flips))
		rest := k.found.List
		for _, f := range flips {
			i, _ := slices.BinarySearch(rest, f.ord)
			list = append(list, rest[:i]...)
			rest = rest[i:]
			if f.in {
				list = append(list, f.ord)
			} else {
				rest = rest[1:]
			}
		}
		list = append(list, rest...)
		if len(list) > set.ListLimit(v.limit) {
			up.found = asLimbs(list, v.limit)
		} else {
			up.found = set.Found{List: list, N: len(list)}
		}
		return up
	}
	limbs := make([]uint64, (v.limit+set.ChunkBits-1)/set.ChunkBits*set.ChunkLimbs)
	copy(limbs, k.found.Limbs)
	up.found = set.Found{Limbs: limbs, N: k.found.N}
	for _, f := range flips {
		limbs[f.ord>>6] ^= 1 << (f.ord & 63)
		if f.in {
			up.found.N++
		} else {
			up.found.N--
		}
	}
	if up.found.N <= set.ListLimit(v.limit) {
		up.found = asList(up.found)
	}
	return up
}

// Known returns the match set of a key, if it is known or can be brought up to date.
func (v *View[S]) Known(key string) (found set.Found, stats SearchStats, ok bool) {
	k := v.cache.get(v, key)
	if k == nil {
		return set.Found{}, SearchStats{}, false
	}
	stats = k.stats
	stats.Cached = true
	return k.found, stats, true
}

// Remember notes the match set of a key, which a search of this View has found.
func (v *View[S]) Remember(key string, found set.Found, stats SearchStats) {
	v.cache.put(v, key, found, stats)
}
