/* SPDX-License-Identifier: MIT */
/* test_rbtree.c - red-black trees against a sorted array, every small history, and with a value per
 * subtree: the largest weight. */
#include "host.h"
#include "lib/bitops.h"
#include "lib/rbtree.h"

struct item {
	struct rb_node node;
	u32 key, weight, most; /* most: largest weight in the subtree */
};

enum { MAX_ITEMS = 600 };
static struct item items[MAX_ITEMS];
static struct item *sorted[MAX_ITEMS]; /* the model */
static u32 nr_sorted;
static struct rb_tree tree;

static struct item *item_of(const struct rb_node *node)
{
	return rb_entry(node, struct item, node);
}

static u32 recompute(const struct rb_node *node)
{
	u32 most = item_of(node)->weight;

	for (int dir = 0; dir < 2; dir++)
		if (node->child[dir])
			most = max(most, item_of(node->child[dir])->most);
	return most;
}

static void update(struct rb_node *node)
{
	item_of(node)->most = recompute(node);
}

static bool in_order(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static bool value_ok(const struct rb_node *node)
{
	return !tree.update || item_of(node)->most == recompute(node);
}

static void tree_insert(struct item *item)
{
	struct rb_node *parent = NULL, *at = tree.root;
	enum rb_dir dir = RB_LEFT;
	u32 i = nr_sorted++;

	while (at) {
		parent = at;
		dir = item->key < item_of(at)->key ? RB_LEFT : RB_RIGHT;
		at = at->child[dir];
	}
	rb_insert(&tree, &item->node, parent, dir);
	for (; i && sorted[i - 1]->key > item->key; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = item;
}

static void tree_erase(struct item *item)
{
	u32 i = 0;

	rb_erase(&tree, &item->node);
	while (sorted[i] != item)
		i++;
	for (nr_sorted--; i < nr_sorted; i++)
		sorted[i] = sorted[i + 1];
}

static void tree_reset(bool augmented)
{
	tree = (struct rb_tree){.update = augmented ? update : NULL};
	nr_sorted = 0;
}

/* The tree is sound and holds exactly the model, forwards and backwards. */
static void check_tree(void)
{
	struct rb_node *node = rb_first(&tree), *last = rb_last(&tree);
	unsigned long count;
	u32 most = 0;

	CHECK_SOUND(rb_check(&tree, in_order, value_ok, &count));
	CHECK_EQ(count, nr_sorted);
	for (u32 i = 0; i < nr_sorted; i++, node = rb_next(node)) {
		if (!node || item_of(node) != sorted[i]) {
			host_fail(__FILE__, __LINE__, "node %u is not the model's", i);
			return;
		}
		most = max(most, sorted[i]->weight);
	}
	CHECK(!node);
	for (u32 i = nr_sorted; i-- > 0; last = rb_prev(last))
		CHECK(last && item_of(last) == sorted[i]);
	if (tree.update && tree.root)
		CHECK_EQ(item_of(tree.root)->most, most);
}

static u32 depth_of(const struct rb_node *node)
{
	u32 depth = 0;

	for (; node; node = rb_parent(node))
		depth++;
	return depth;
}

static void set_items(u32 n)
{
	for (u32 i = 0; i < n; i++)
		items[i] = (struct item){.key = i, .weight = test_below(1000)};
}

/* Put the k-th of all n! orders into order. */
static void nth_order(u32 k, u32 n, u32 *order)
{
	for (u32 i = 0; i < n; i++)
		order[i] = i;
	for (u32 i = 0; i < n; i++) {
		u32 pick = i + k % (n - i), keep = order[i];

		k /= n - i;
		order[i] = order[pick];
		order[pick] = keep;
	}
}

static u32 factorial(u32 n)
{
	return n < 2 ? 1 : n * factorial(n - 1);
}

static void one_history(u32 n, u32 in, u32 out)
{
	u32 order[8];

	tree_reset(true);
	nth_order(in, n, order);
	for (u32 i = 0; i < n; i++)
		tree_insert(&items[order[i]]);
	check_tree();
	nth_order(out, n, order);
	for (u32 i = 0; i < n; i++) {
		tree_erase(&items[order[i]]);
		check_tree();
	}
	CHECK(!tree.root);
}

TEST(every_order_of_inserting_and_erasing_five)
{
	set_items(5);
	for (u32 n = 1; n <= 5; n++)
		for (u32 in = 0; in < factorial(n) && !host_failed(); in++)
			for (u32 out = 0; out < factorial(n); out++)
				one_history(n, in, out);
}

TEST(every_order_of_inserting_eight_erased_in_some)
{
	set_items(8);
	for (u32 in = 0; in < factorial(8) && !host_failed(); in++)
		one_history(8, in, test_below(factorial(8)));
}

static void random_history(bool augmented, u32 steps, u32 keys)
{
	bool used[MAX_ITEMS] = {false};

	tree_reset(augmented);
	set_items(MAX_ITEMS);
	for (u32 i = 0; i < steps && !host_failed(); i++) {
		u32 k = test_below(keys);

		if (used[k])
			tree_erase(&items[k]);
		else
			tree_insert(&items[k]);
		used[k] = !used[k];
		if (augmented && nr_sorted && test_chance(4)) {
			struct item *item = sorted[test_below(nr_sorted)];

			item->weight = test_below(1000);
			rb_update_path(&tree, &item->node);
		}
		check_tree();
	}
}

TEST(random_history_equals_a_sorted_array)
{
	for (u32 round = 0; round < 8; round++)
		random_history(false, 1500, 2 + test_below(MAX_ITEMS - 2));
}

TEST(subtree_values_stay_right_through_rotations)
{
	for (u32 round = 0; round < 8; round++)
		random_history(true, 1500, 2 + test_below(MAX_ITEMS - 2));
}

TEST(depth_stays_within_twice_the_logarithm)
{
	for (int falling = 0; falling < 2; falling++) {
		tree_reset(false);
		set_items(MAX_ITEMS);
		for (u32 i = 0; i < MAX_ITEMS; i++)
			tree_insert(&items[falling ? MAX_ITEMS - 1 - i : i]);
		check_tree();
		for (u32 i = 0; i < MAX_ITEMS; i++)
			CHECK(depth_of(&items[i].node) <= 2 * fls(MAX_ITEMS + 1));
	}
}

TEST(empty_tree_has_no_nodes)
{
	unsigned long count = 7;

	tree_reset(true);
	CHECK(!rb_first(&tree) && !rb_last(&tree));
	CHECK_SOUND(rb_check(&tree, in_order, value_ok, &count));
	CHECK_EQ(count, 0);
	rb_update_path(&tree, NULL);
}

/* Each rule broken by hand once. */
TEST(checker_finds_each_broken_rule)
{
	struct rb_node *low;
	unsigned long kept;

	tree_reset(true);
	set_items(20);
	for (u32 i = 0; i < 20; i++)
		tree_insert(&items[i]);
	tree.root->parent_red |= 1;
	CHECK_STR(rb_check(&tree, in_order, value_ok, NULL), "rbtree root is red or has a parent");
	tree.root->parent_red &= ~1ul;
	low = rb_first(&tree);
	kept = low->parent_red;
	low->parent_red = (unsigned long)tree.root | (kept & 1);
	CHECK(rb_check(&tree, in_order, value_ok, NULL));
	low->parent_red = kept ^ 1;
	CHECK(rb_check(&tree, in_order, value_ok, NULL));
	low->parent_red = kept;
	items[3].key = 100;
	CHECK_STR(rb_check(&tree, in_order, value_ok, NULL), "rbtree nodes are out of order");
	items[3].key = 3;
	items[5].most++;
	CHECK_STR(rb_check(&tree, in_order, value_ok, NULL),
	          "rbtree subtree value is not what its nodes make");
	items[5].most--;
	CHECK_SOUND(rb_check(&tree, in_order, value_ok, NULL));
}
