"""Optical character recognition: pictures, and pages of PDFs that are pictures, read by rapidocr (extra `ocr`).

It is slow, and so is done only where somebody asks for it: `choosing` says what reads a file then, `recognition` asks
rapidocr, `scans` reads pages of PDFs, and `pictures` files that are nothing but pictures.
"""
