/* SPDX-License-Identifier: MIT */
/* rbtree.h - red-black trees whose nodes lie in the caller's structures, with a value per subtree.
 *
 *   (1) a node is red or black; (2) the root is black; (3) a red node has no red child;
 *   (4) every way from a node down to a missing child passes the same number of black nodes.
 * So no way is more than twice as long as another: depth <= 2 log2(n + 1).
 *
 * The tree does not compare: the caller descends by its own key, then links the node where it
 * belongs. A tree with an update function is augmented: each node holds a value made of its own and
 * its children's (the largest hole below it, say), and the tree calls update(node), children first,
 * for every node whose subtree changed.
 * Left and right are child[0] and child[1], so that each mirrored case is written once.
 * Source: Cormen et al., "Introduction to Algorithms", ch. 13 and 14. Locks: the caller's. */
#pragma once
#include "kernel.h"

enum rb_dir { RB_LEFT, RB_RIGHT };

struct rb_node {
	struct rb_node *child[2];
	unsigned long parent_red; /* parent's address; bit 0: the node is red */
};

struct rb_tree {
	struct rb_node *root;
	void (*update)(struct rb_node *node); /* NULL: not augmented */
};

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_red & ~1ul);
}

static inline bool rb_is_red(const struct rb_node *node)
{
	return node->parent_red & 1;
}

/* Make node the dir child of parent, where there is none yet; parent NULL: the root of an empty
 * tree. Set what update() reads of the node first. */
void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent, enum rb_dir dir);

/* Take node, which is in the tree, out of it. */
void rb_erase(struct rb_tree *tree, struct rb_node *node);

/* The node's own value changed: update it and everything above it. */
void rb_update_path(struct rb_tree *tree, struct rb_node *node);

/* Lowest and highest node, NULL of an empty tree; the neighbours of a node, NULL at the ends. */
struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Check the whole tree: parents, colours, black heights, the order that in_order(a, b) asks of
 * neighbours, the value that value_ok(node) recomputes. Both may be NULL. O(n), no recursion.
 * Returns: NULL or what is wrong; *count: nodes. */
const char *rb_check(const struct rb_tree *tree,
                     bool (*in_order)(const struct rb_node *a, const struct rb_node *b),
                     bool (*value_ok)(const struct rb_node *node), unsigned long *count);
