# SPDX-License-Identifier: MIT
"""nodes.py - nodes: their CPUs, distances, and the order in which their requests try zones."""


class Nodes:
    """zones: decode.zones.Zones."""

    def __init__(self, zones):
        self.zones, self.mem = zones, zones.mem
        self.all = zones.nodes()

    def cpus(self, nid):
        """Numbers of the CPUs that belong to a node, and are there."""
        online = self.mem.var("__cpu_online_mask").bits
        return [cpu for cpu in range(self.mem.var("nr_cpu_ids"))
                if online >> cpu & 1 and self.mem.per_cpu("numa_node", cpu) == nid]

    def distances(self, nid):
        """To each node that there is, as a SLIT counts: 10 is local."""
        row = self.mem.static("distance", "numa.c")[nid]
        return [row[other.node_id] for other in self.all]

    def zonelist(self, node, fallback):
        """["NODE:ZONE"] in the order in which a request on the node tries them."""
        which = "ZONELIST_FALLBACK" if fallback else "ZONELIST_NOFALLBACK"
        names = []
        for ref in node.node_zonelists[self.mem.layout[which]]._zonerefs:
            if not ref.zone:
                break
            names.append(f"{ref.zone.node}:{ref.zone.name.string}")
        return names
