/* SPDX-License-Identifier: MIT */
/* rbtree.c - see rbtree.h. Owns: nothing.
 *
 * Insertion: the new node is red. While its parent is red too, rule (3) is broken; either the
 * uncle is red, then colours move up two levels, or at most two rotations end it.
 * Removal: taking a black node away leaves a place where one black is missing. The place moves up
 * until a sibling's red child can be turned into the missing black.
 * Both walk the tree once and rotate at most twice (insert) or three times (erase). */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && rb_is_red(node);
}

static void set_parent(struct rb_node *node, const struct rb_node *parent)
{
	node->parent_red = (unsigned long)parent | (node->parent_red & 1);
}

static void set_red(struct rb_node *node)
{
	node->parent_red |= 1;
}

static void set_black(struct rb_node *node)
{
	node->parent_red &= ~1ul;
}

static void copy_colour(struct rb_node *to, const struct rb_node *from)
{
	to->parent_red = (to->parent_red & ~1ul) | (from->parent_red & 1);
}

/* On which side of its parent does node hang? */
static enum rb_dir side_of(const struct rb_node *parent, const struct rb_node *node)
{
	return parent->child[RB_RIGHT] == node ? RB_RIGHT : RB_LEFT;
}

/* Let `now` hang where `before` hung; now may be NULL. */
static void replace_child(struct rb_tree *tree, struct rb_node *parent,
                          const struct rb_node *before, struct rb_node *now)
{
	if (parent)
		parent->child[side_of(parent, before)] = now;
	else
		tree->root = now;
	if (now)
		set_parent(now, parent);
}

static void update(struct rb_tree *tree, struct rb_node *node)
{
	if (tree->update)
		tree->update(node);
}

void rb_update_path(struct rb_tree *tree, struct rb_node *node)
{
	if (!tree->update)
		return;
	for (; node; node = rb_parent(node))
		tree->update(node);
}

/*      top                    up
 *     /   \    dir = left    /  \
 *    a    up      ->       top   c     The subtree keeps its nodes, so nothing above changes.
 *        /  \              / \
 *       b    c            a   b                                                              */
static void rotate(struct rb_tree *tree, struct rb_node *top, enum rb_dir dir)
{
	struct rb_node *up = top->child[!dir], *inner = up->child[dir];

	replace_child(tree, rb_parent(top), top, up);
	up->child[dir] = top;
	set_parent(top, up);
	top->child[!dir] = inner;
	if (inner)
		set_parent(inner, top);
	update(tree, top);
	update(tree, up);
}

/* node is red, and perhaps its parent as well. */
static void repair_insert(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent;

	while ((parent = rb_parent(node)) && rb_is_red(parent)) {
		struct rb_node *grand = rb_parent(parent); /* a red node is not the root */
		enum rb_dir dir = side_of(grand, parent);
		struct rb_node *uncle = grand->child[!dir];

		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (node == parent->child[!dir]) {
			rotate(tree, parent, dir);
			parent = node;
		}
		rotate(tree, grand, !dir);
		set_black(parent);
		set_red(grand);
		break;
	}
	set_black(tree->root);
}

void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent, enum rb_dir dir)
{
	node->child[RB_LEFT] = node->child[RB_RIGHT] = NULL;
	node->parent_red = (unsigned long)parent | 1;
	if (parent)
		parent->child[dir] = node;
	else
		tree->root = node;
	rb_update_path(tree, node);
	repair_insert(tree, node);
}

/* Every way through the dir child of parent (perhaps NULL) is one black short. */
static void repair_erase(struct rb_tree *tree, struct rb_node *parent, enum rb_dir dir)
{
	while (parent) {
		struct rb_node *sibling = parent->child[!dir], *grand;

		if (rb_is_red(sibling)) {
			set_black(sibling);
			set_red(parent);
			rotate(tree, parent, dir);
			sibling = parent->child[!dir];
		}
		if (is_red(sibling->child[dir]) && !is_red(sibling->child[!dir])) {
			set_black(sibling->child[dir]);
			set_red(sibling);
			rotate(tree, sibling, !dir);
			sibling = parent->child[!dir];
		}
		if (is_red(sibling->child[!dir])) {
			copy_colour(sibling, parent);
			set_black(parent);
			set_black(sibling->child[!dir]);
			rotate(tree, parent, dir);
			return;
		}
		set_red(sibling); /* both sides are short now: the place moves up */
		if (rb_is_red(parent)) {
			set_black(parent);
			return;
		}
		grand = rb_parent(parent);
		if (grand)
			dir = side_of(grand, parent);
		parent = grand;
	}
}

/* Take out a node that has at most one child. */
static void unlink_node(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);
	struct rb_node *child = node->child[node->child[RB_LEFT] ? RB_LEFT : RB_RIGHT];
	enum rb_dir dir = parent ? side_of(parent, node) : RB_LEFT;
	bool was_red = rb_is_red(node);

	replace_child(tree, parent, node, child);
	rb_update_path(tree, parent);
	if (child)
		set_black(child); /* an only child is red, by rule (4) */
	else if (!was_red)
		repair_erase(tree, parent, dir);
}

/* Let heir, which is in no tree, take node's place and colour. */
static void take_place(struct rb_tree *tree, struct rb_node *node, struct rb_node *heir)
{
	replace_child(tree, rb_parent(node), node, heir);
	copy_colour(heir, node);
	for (int dir = RB_LEFT; dir <= RB_RIGHT; dir++) {
		heir->child[dir] = node->child[dir];
		if (heir->child[dir])
			set_parent(heir->child[dir], heir);
	}
	rb_update_path(tree, heir);
}

void rb_erase(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *heir = NULL;

	if (node->child[RB_LEFT] && node->child[RB_RIGHT])
		heir = rb_next(node); /* it has no left child */
	unlink_node(tree, heir ? heir : node);
	if (heir)
		take_place(tree, node, heir);
	node->parent_red = 0;
}

/* --- in order ----------------------------------------------------------------------------- */

static struct rb_node *outermost(struct rb_node *node, enum rb_dir dir)
{
	while (node && node->child[dir])
		node = node->child[dir];
	return node;
}

static struct rb_node *neighbour(const struct rb_node *node, enum rb_dir dir)
{
	const struct rb_node *parent;

	if (node->child[dir])
		return outermost(node->child[dir], !dir);
	while ((parent = rb_parent(node)) && node == parent->child[dir])
		node = parent;
	return (struct rb_node *)parent;
}

struct rb_node *rb_first(const struct rb_tree *tree)
{
	return outermost(tree->root, RB_LEFT);
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
	return outermost(tree->root, RB_RIGHT);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour(node, RB_RIGHT);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour(node, RB_LEFT);
}

/* --- check -------------------------------------------------------------------------------- */

static const char *check_links(const struct rb_node *node)
{
	for (int dir = RB_LEFT; dir <= RB_RIGHT; dir++) {
		const struct rb_node *child = node->child[dir];

		if (child && rb_parent(child) != node)
			return "rbtree child does not point back to its parent";
		if (child && rb_is_red(node) && rb_is_red(child))
			return "rbtree has two red nodes in a row";
	}
	return NULL;
}

/* Black nodes from the root down to and including node. */
static unsigned long black_depth(const struct rb_node *node)
{
	unsigned long depth = 0;

	for (; node; node = rb_parent(node))
		depth += !rb_is_red(node);
	return depth;
}

/* Every place for a missing child has the same black depth as the first one seen. */
static const char *check_height(const struct rb_node *node, unsigned long *height)
{
	unsigned long depth;

	if (node->child[RB_LEFT] && node->child[RB_RIGHT])
		return NULL;
	depth = black_depth(node);
	if (!*height)
		*height = depth;
	return depth == *height ? NULL : "rbtree black heights differ";
}

const char *rb_check(const struct rb_tree *tree,
                     bool (*in_order)(const struct rb_node *a, const struct rb_node *b),
                     bool (*value_ok)(const struct rb_node *node), unsigned long *count)
{
	const struct rb_node *node, *before = NULL;
	unsigned long height = 0, n = 0;
	const char *wrong = NULL;

	if (tree->root && (rb_parent(tree->root) || rb_is_red(tree->root)))
		return "rbtree root is red or has a parent";
	for (node = rb_first(tree); node && !wrong; before = node, node = rb_next(node)) {
		n++;
		wrong = check_links(node);
		if (!wrong)
			wrong = check_height(node, &height);
		if (!wrong && before && in_order && !in_order(before, node))
			wrong = "rbtree nodes are out of order";
		if (!wrong && value_ok && !value_ok(node))
			wrong = "rbtree subtree value is not what its nodes make";
	}
	if (count)
		*count = n;
	return wrong;
}
