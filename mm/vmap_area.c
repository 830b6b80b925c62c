/* SPDX-License-Identifier: MIT */
/* vmap_area.c - see mm/vmap_area.h. Owns: nothing; every window is the caller's.
 * Invariants (vmap_space_check): (1) areas are disjoint, in the window, in the same order in tree
 * and list; (2) area->hole is the distance to the area below, or to the window's start;
 * (3) max_hole is the largest hole of the subtree; (4) used and nr_areas are sum and count. */
#include "mm/vmap_area.h"
#include "asm/page.h"
#include "bug.h"
#include "errno.h"

static struct vmap_area *area_of(const struct rb_node *node)
{
	return rb_entry(node, struct vmap_area, rb_node);
}

unsigned long get_vm_area_size(const struct vm_struct *vm)
{
	return vm->flags & VM_NO_GUARD ? vm->size : vm->size - PAGE_SIZE;
}

unsigned int vm_nr_blocks(const struct vm_struct *vm)
{
	return vm->nr_large +
	       (vm->nr_pages - vm->nr_large * (unsigned int)(PMD_SIZE >> PAGE_SHIFT));
}

/* --- holes -------------------------------------------------------------------------------- */

static unsigned long subtree_hole(const struct rb_node *node)
{
	return node ? area_of(node)->max_hole : 0;
}

static unsigned long recompute_hole(const struct rb_node *node)
{
	unsigned long below =
		max(subtree_hole(node->child[RB_LEFT]), subtree_hole(node->child[RB_RIGHT]));

	return max(area_of(node)->hole, below);
}

static void update_hole(struct rb_node *node)
{
	area_of(node)->max_hole = recompute_hole(node);
}

static struct vmap_area *area_below(const struct vmap_space *space, const struct vmap_area *area)
{
	return area->list.prev == &space->list
	               ? NULL
	               : list_entry(area->list.prev, struct vmap_area, list);
}

static struct vmap_area *area_above(const struct vmap_space *space, const struct vmap_area *area)
{
	return area->list.next == &space->list
	               ? NULL
	               : list_entry(area->list.next, struct vmap_area, list);
}

static struct vmap_area *highest_area(const struct vmap_space *space)
{
	return list_empty(&space->list) ? NULL
	                                : list_entry(space->list.prev, struct vmap_area, list);
}

/* Where the hole below area begins; area NULL: the hole above the last one. */
static unsigned long hole_start(const struct vmap_space *space, const struct vmap_area *area)
{
	if (area)
		return area->va_start - area->hole;
	area = highest_area(space);
	return area ? area->va_end : space->start;
}

static unsigned long last_hole(const struct vmap_space *space)
{
	return space->end - hole_start(space, NULL);
}

unsigned long vmap_largest_hole(const struct vmap_space *space)
{
	return max(subtree_hole(space->tree.root), last_hole(space));
}

/* The neighbours of area's hole have changed. */
static void set_hole(struct vmap_space *space, struct vmap_area *area)
{
	const struct vmap_area *below = area_below(space, area);

	area->hole = area->va_start - (below ? below->va_end : space->start);
	rb_update_path(&space->tree, &area->rb_node);
}

/* --- find room ---------------------------------------------------------------------------- */

/* Does [start, start + room) hold size bytes at a multiple of align? *at: the lowest. */
static bool hole_fits(unsigned long start, unsigned long room, unsigned long size,
                      unsigned long align, unsigned long *at)
{
	unsigned long lost = ALIGN(start, align) - start;

	*at = start + lost;
	return lost <= room && room - lost >= size;
}

/* The next node up whose own hole has not been looked at: those reached from the left. */
static struct rb_node *next_above(struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);

	while (parent && node == parent->child[RB_RIGHT]) {
		node = parent;
		parent = rb_parent(node);
	}
	return parent;
}

/* The lowest area whose hole fits; NULL: none does. Subtrees without a large enough hole are not
 * entered, so every turn but those that fail by alignment goes down, or up for good. */
static struct vmap_area *lowest_fit(const struct vmap_space *space, unsigned long size,
                                    unsigned long align, unsigned long *at)
{
	struct rb_node *node = space->tree.root;
	bool down = true;

	if (subtree_hole(node) < size)
		return NULL;
	while (node) {
		struct vmap_area *area = area_of(node);

		while (down && subtree_hole(node->child[RB_LEFT]) >= size) {
			node = node->child[RB_LEFT];
			area = area_of(node);
		}
		if (hole_fits(hole_start(space, area), area->hole, size, align, at))
			return area;
		down = subtree_hole(node->child[RB_RIGHT]) >= size;
		node = down ? node->child[RB_RIGHT] : next_above(node);
	}
	return NULL;
}

/* --- insert and remove -------------------------------------------------------------------- */

/* Hang area directly below `above` (NULL: at the top) in tree and list. */
static void link_below(struct vmap_space *space, struct vmap_area *area, struct vmap_area *above)
{
	struct vmap_area *highest = highest_area(space);
	struct rb_node *parent = above ? &above->rb_node : highest ? &highest->rb_node : NULL;
	enum rb_dir dir = above ? RB_LEFT : RB_RIGHT;

	area->hole = area->va_start - hole_start(space, above);
	list_add_tail(&area->list, above ? &above->list : &space->list);
	if (above && parent->child[RB_LEFT]) {
		parent = rb_prev(parent); /* the highest of the left subtree */
		dir = RB_RIGHT;
	}
	rb_insert(&space->tree, &area->rb_node, parent, dir);
	if (above)
		set_hole(space, above);
}

int vmap_area_insert(struct vmap_space *space, struct vmap_area *area, unsigned long size,
                     unsigned long align)
{
	struct vmap_area *above;
	unsigned long at;

	ASSERT(size && IS_ALIGNED(size, PAGE_SIZE) && is_power_of_2(align) && align >= PAGE_SIZE);
	above = lowest_fit(space, size, align, &at);
	if (!above && !hole_fits(hole_start(space, NULL), last_hole(space), size, align, &at))
		return -ENOSPC;
	area->va_start = at;
	area->va_end = at + size;
	link_below(space, area, above);
	space->nr_areas++;
	space->used += size;
	return 0;
}

void vmap_area_remove(struct vmap_space *space, struct vmap_area *area)
{
	struct vmap_area *above = area_above(space, area);

	rb_erase(&space->tree, &area->rb_node);
	list_del(&area->list);
	if (above)
		set_hole(space, above);
	space->nr_areas--;
	space->used -= area->va_end - area->va_start;
}

/* --- find --------------------------------------------------------------------------------- */

struct vmap_area *vmap_area_above(const struct vmap_space *space, unsigned long va)
{
	const struct rb_node *node = space->tree.root;
	struct vmap_area *best = NULL;

	while (node) {
		struct vmap_area *area = area_of(node);

		if (area->va_start >= va)
			best = area;
		node = node->child[area->va_start < va];
	}
	return best;
}

struct vmap_area *vmap_area_find(const struct vmap_space *space, unsigned long va)
{
	const struct rb_node *node = space->tree.root;

	while (node) {
		struct vmap_area *area = area_of(node);

		if (va >= area->va_start && va < area->va_end)
			return area;
		node = node->child[va >= area->va_end];
	}
	return NULL;
}

static unsigned long distance(const struct vmap_area *area, unsigned long va)
{
	if (va < area->va_start)
		return area->va_start - va;
	return va < area->va_end ? 0 : va - area->va_end + 1;
}

struct vmap_area *vmap_area_nearest(const struct vmap_space *space, unsigned long va)
{
	const struct rb_node *node = space->tree.root;
	struct vmap_area *best = NULL;

	while (node) {
		struct vmap_area *area = area_of(node);

		if (!best || distance(area, va) < distance(best, va))
			best = area;
		node = node->child[va >= area->va_end];
	}
	return best;
}

void vmap_space_init(struct vmap_space *space, unsigned long start, unsigned long end)
{
	*space = (struct vmap_space){.start = start, .end = end};
	raw_spin_lock_init(&space->lock);
	space->tree.update = update_hole;
	INIT_LIST_HEAD(&space->list);
}

/* --- check -------------------------------------------------------------------------------- */

static bool in_order(const struct rb_node *a, const struct rb_node *b)
{
	return area_of(a)->va_end <= area_of(b)->va_start;
}

static bool holes_right(const struct rb_node *node)
{
	return area_of(node)->max_hole == recompute_hole(node);
}

static const char *check_area(const struct vmap_space *space, const struct vmap_area *area,
                              unsigned long end_below)
{
	if (area->va_start >= area->va_end || !IS_ALIGNED(area->va_start | area->va_end, PAGE_SIZE))
		return "vmap area is empty or not whole pages";
	if (area->va_start < end_below || area->va_end > space->end)
		return "vmap area overlaps another or leaves the window";
	if (area->hole != area->va_start - end_below)
		return "vmap area's hole is not the distance to the area below";
	return NULL;
}

/* The list against the tree, and the sums. */
static const char *check_list(const struct vmap_space *space)
{
	const struct rb_node *node = rb_first(&space->tree);
	unsigned long end_below = space->start, holes = 0, used = 0;
	const struct vmap_area *area;

	list_for_each_entry (area, &space->list, list) {
		const char *wrong = check_area(space, area, end_below);

		if (wrong)
			return wrong;
		if (area_of(node) != area)
			return "vmap list and tree differ";
		node = rb_next(node);
		holes += area->hole;
		used += area->va_end - area->va_start;
		end_below = area->va_end;
	}
	holes += space->end - end_below;
	if (node)
		return "vmap tree has an area that the list has not";
	if (used != space->used || used + holes != space->end - space->start)
		return "vmap areas and holes do not make the window";
	return NULL;
}

const char *vmap_space_check(struct vmap_space *space)
{
	unsigned long flags = raw_spin_lock_irqsave(&space->lock), count;
	const char *wrong = rb_check(&space->tree, in_order, holes_right, &count);

	if (!wrong && count != space->nr_areas)
		wrong = "vmap areas are not as many as were counted";
	if (!wrong)
		wrong = check_list(space);
	raw_spin_unlock_irqrestore(&space->lock, flags);
	return wrong;
}
