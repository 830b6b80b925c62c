from case import case
