"""The frozen words of the product; no behaviour beyond their own."""
